/** ARG and `--build-arg`: which names have a value at a point of a Dockerfile (Dockerfile reference, "ARG"). */
import type { Variables } from './dockerfile-words.ts';

/** These may be given without being declared, and do not count for the cache. */
const PREDEFINED = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

type Declared = Map<string, string | undefined>;

export class BuildArguments {
  readonly #given: ReadonlyMap<string, string | undefined>;
  readonly #globals: Declared = new Map();
  readonly #declared: Declared = new Map();
  readonly #everDeclared = new Set<string>();

  /** @param given by `--build-arg`; undefined for one that has a name only */
  constructor(given: ReadonlyMap<string, string | undefined>) {
    this.#given = given;
  }

  /** An ARG before the first FROM. */
  declareGlobal(name: string, fallback: string | undefined): void {
    this.#globals.set(name, fallback);
    this.#everDeclared.add(name);
  }

  /** An ARG of a stage. */
  declare(name: string, fallback: string | undefined): void {
    this.#declared.set(name, fallback);
    this.#everDeclared.add(name);
  }

  /** With a new stage all declarations end. */
  startStage(): void {
    this.#declared.clear();
  }

  /** For FROM and the ARGs before it. */
  readonly global: Variables = (name) =>
    this.#globals.has(name) ? (this.#given.get(name) ?? this.#globals.get(name)) : undefined;

  /** For the instructions of a stage. */
  readonly inStage: Variables = (name) => {
    if (this.#declared.has(name)) {
      return this.#given.get(name) ?? this.#declared.get(name) ?? this.global(name);
    }
    return PREDEFINED.includes(name) ? this.#given.get(name) : undefined;
  };

  /** What a RUN has in its environment, as `name=value`, and whether it counts for the cache. */
  forRun(): { readonly name: string; readonly variable: string; readonly counts: boolean }[] {
    const names = [...new Set([...this.#declared.keys(), ...PREDEFINED])].sort();
    return names.flatMap((name) => {
      const value = this.inStage(name);
      const counts = this.#declared.has(name) || !PREDEFINED.includes(name);
      return value === undefined ? [] : [{ name, variable: `${name}=${value}`, counts }];
    });
  }

  /** Those given that no ARG asked for. */
  unused(): string[] {
    const isUnused = (name: string) => !this.#everDeclared.has(name) && !PREDEFINED.includes(name);
    return [...this.#given.keys()].filter(isUnused).sort();
  }
}
