/** Environments as lists of `NAME=value`. */
import { FormatError } from './errors.ts';

/** Where a container looks for programs if its image does not say. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The name of a variable. */
function nameOf(variable: string): string {
  return variable.split('=', 1)[0] ?? '';
}

/** Refuses variables without a name, in Docker's words. */
export function checkEnvironment(variables: readonly string[]): void {
  for (const variable of variables) {
    if (nameOf(variable) === '') throw new FormatError(`invalid environment variable: ${variable}`);
  }
}

/** The `Env` of a new container: what the request sets, then what only the image sets. */
export function mergeEnvironment(image: readonly string[], request: readonly string[]): string[] {
  const requested = new Set(request.map(nameOf));
  return [...request, ...image.filter((variable) => !requested.has(nameOf(variable)))];
}

/** What the engine itself says in a container's environment. */
export interface EnvironmentDefaults {
  readonly hostname: string;
  /** With a terminal, TERM is set. */
  readonly tty: boolean;
}

/**
 * The environment of a container's process: the defaults, overridden in place by the container's `Env`. An entry
 * without `=` removes the variable. HOME is not here: crun sets it from the container's passwd if it is missing.
 */
export function processEnvironment(defaults: EnvironmentDefaults, containerEnv: readonly string[]): string[] {
  const variables = [`PATH=${DEFAULT_PATH}`, `HOSTNAME=${defaults.hostname}`];
  if (defaults.tty) variables.push('TERM=xterm');
  return overrideEnvironment(variables, containerEnv);
}

/** Variables with others set over them, as `docker exec -e` does; an override without `=` removes. */
export function overrideEnvironment(variables: readonly string[], overrides: readonly string[]): string[] {
  const byName = new Map(variables.map((variable) => [nameOf(variable), variable]));
  for (const override of overrides) {
    if (override.includes('=')) byName.set(nameOf(override), override);
    else byName.delete(override);
  }
  return [...byName.values()];
}
