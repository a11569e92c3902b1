/** Files of variables, as `env_file` of compose names them. */
import { isMap } from '../config/merge.ts';
import { flag, text } from './compose-value.ts';
import { ServiceError } from './service-error.ts';

/** Returns undefined if there is no such file. */
export type ReadFile = (path: string) => string | undefined;

/** The variables of one file or of several, later ones over earlier ones. */
export function readEnvFiles(value: unknown, readFile: ReadFile, place: string): Map<string, string> {
  const result = new Map<string, string>();
  for (const [index, item] of (Array.isArray(value) ? value : [value]).entries()) {
    const at = `${place}[${index}]`;
    const path = text(isMap(item) ? item['path'] : item, at);
    const isRequired = !isMap(item) || item['required'] == null || flag(item['required'], `${at}.required`);
    if (!path.startsWith('/')) throw new ServiceError(`${at}: expected an absolute path, got "${path}"`);
    const written = readFile(path);
    if (written === undefined && isRequired) throw new ServiceError(`${at}: there is no file ${path}`);
    for (const [name, found] of parseEnvFile(written ?? '')) result.set(name, found);
  }
  return result;
}

/** Lines of `NAME=VALUE`; empty lines and those that begin with `#` are none. Quotes around a value are no part of it. */
function parseEnvFile(written: string): [string, string][] {
  return written.split('\n').flatMap((line): [string, string][] => {
    const [, name, found = ''] = /^\s*(?:export\s+)?([^#=\s][^=\s]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) return [];
    return [[name, /^(["'])(.*)\1$/.exec(found)?.[2] ?? found]];
  });
}
