/** Whether a document is a configuration, and what is wrong with it. */
import * as v from 'valibot';
import { ConfigError } from './config-error.ts';
import { isMap } from './merge.ts';
import { nearest } from './nearest.ts';
import { coreOf, schemaBelow, type Walkable } from './schema/walk.ts';
import { type Config, configSchema } from './schema.ts';
import type { Locate } from './yaml-position.ts';

/** What is said of a key that nobody knows. */
export const UNKNOWN_KEY = 'unknown key';

/** How a document is called in messages, and what they may say. */
export interface CheckOptions {
  readonly file: string;
  /** Keeps all of its values out of messages. */
  readonly isSecret?: boolean;
  /** Finds line and column, where there are such. */
  readonly locate?: Locate;
}

/** A checked part of the configuration. */
export interface CheckedFragment {
  /** Without the keys that nobody knows. */
  readonly config: Config;
  /** Keys that were left out, since nobody knows them. */
  readonly unknown: readonly ConfigError[];
  /** Keys that are known and do nothing, or nothing yet. */
  readonly idle: readonly ConfigError[];
}

/**
 * Checks a parsed document.
 * @throws ConfigError that names the first key with a wrong value, and what was expected
 */
export function checkConfig(value: unknown, options: CheckOptions): CheckedFragment {
  const { config, wrong, ...rest } = inspectConfig(value, options);
  if (wrong[0] !== undefined) throw wrong[0];
  return { config: config as Config, ...rest };
}

/** The same, but with all wrong values; `config` is whole only without them. */
export function inspectConfig(
  value: unknown,
  options: CheckOptions,
): Omit<CheckedFragment, 'config'> & { readonly config: unknown; readonly wrong: readonly ConfigError[] } {
  const result = v.safeParse(configSchema(), value ?? {});
  // A number that is no integer may also be too small, which is one mistake of the person.
  const issues = new Map((result.issues ?? []).map((issue) => [v.getDotPath(issue) ?? '', issue]));
  const wrong = [...issues.values()].map((issue) => wrongValue(issue, options));
  return { config: result.output, wrong, ...findKeys(value, options) };
}

function wrongValue(issue: v.BaseIssue<unknown>, options: CheckOptions): ConfigError {
  const path = (issue.path ?? []).map(({ key }) => String(key));
  const shown = path.join('.') || '(the whole document)';
  const isSecret = options.isSecret || isPrivate(path);
  const got = isSecret ? '' : `, got ${describeValue(issue.input)}`;
  const message = `${shown}: expected ${issue.message}${got}`;
  return new ConfigError(options.file, message, options.locate?.(path, 'value'));
}

/** Whether a key, or one above it, holds secrets. */
export function isPrivate(path: readonly string[]): boolean {
  let schema: Walkable | undefined = configSchema();
  for (const key of path) {
    schema = schema && schemaBelow(schema, key);
    if (schema?.note?.isPrivate) return true;
  }
  return false;
}

/** What a person wrote, in a few words. */
function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Uint8Array) return 'binary data';
  if (value === null) return 'nothing';
  if (typeof value === 'object') return 'a map';
  const text = typeof value === 'string' ? `"${value}"` : String(value);
  return text.length > 60 ? `${text.slice(0, 56)}…"` : text;
}

/** Walks the document beside the schema. */
function findKeys(document: unknown, { file, locate }: CheckOptions) {
  const unknown: ConfigError[] = [];
  const idle: ConfigError[] = [];
  const problem = (path: readonly string[], message: string) =>
    new ConfigError(file, `${path.join('.')}: ${message}`, locate?.(path, 'key'));
  const visit = (schema: Walkable, value: unknown, above: readonly string[], isInert: boolean) => {
    if (typeof value !== 'object' || value === null) return;
    const { entries } = coreOf(schema);
    for (const [key, inner] of Object.entries(value)) {
      const path = [...above, key];
      const below = schemaBelow(schema, key);
      const { effect, description, always = [] } = below?.note ?? {};
      const isIdle = effect === 'none' || (effect === 'never' && !always.some((value) => value === inner));
      const why = effect === 'never' ? `: ${description}` : ' yet';
      // What is below it has none either, and one line is enough.
      if (isIdle && !isInert) idle.push(problem(path, `has no effect${why}`));
      if (below !== undefined) visit(below, inner, path, isInert || isIdle);
      else if (entries !== undefined && isMap(value)) {
        const guess = nearest(key, Object.keys(entries));
        const advice = guess === undefined ? '' : `; did you mean ${guess}?`;
        unknown.push(problem(path, `${UNKNOWN_KEY}${advice}`));
      }
    }
  };
  visit(configSchema(), document, [], false);
  return { unknown, idle };
}
