/** `ros config export`: the configuration without what the OS brings along, and without secrets. */
import { isPrivate } from './check.ts';
import { isMap, merge, type YamlMap } from './merge.ts';
import type { Source } from './source.ts';

export interface ExportOptions {
  /** With what the OS brings along. */
  readonly isFull: boolean;
  /** With secrets. */
  readonly isPrivate: boolean;
}

export interface Exported {
  readonly config: YamlMap;
  /** The keys that hold secrets and were left out. */
  readonly omitted: readonly string[];
}

/** An address that names a password: `http://user:password@proxy`. */
const URL_WITH_PASSWORD = /:\/\/[^/\s@]*:[^/\s@]*@/;

export function exportConfig(sources: readonly Source[], options: ExportOptions): Exported {
  const wanted = sources.filter((source) => options.isFull || !source.isDefault);
  const merged = (list: readonly Source[]) =>
    list.reduce<YamlMap>((config, { values }) => merge(config, values), {});
  if (options.isPrivate) return { config: merged(wanted), omitted: [] };
  const omitted: string[] = [];
  const config = withoutSecrets(merged(wanted.filter(({ isSecret }) => !isSecret)), [], omitted);
  return { config: isMap(config) ? config : {}, omitted };
}

/** Undefined if nothing is left of the value. */
function withoutSecrets(value: unknown, path: readonly string[], omitted: string[]): unknown {
  if (isPrivate(path) || (typeof value === 'string' && URL_WITH_PASSWORD.test(value))) {
    omitted.push(path.join('.'));
    return undefined;
  }
  const kept = (name: string | number, item: unknown) =>
    withoutSecrets(item, [...path, String(name)], omitted);
  if (Array.isArray(value))
    return value.map((item, index) => kept(index, item)).filter((item) => item !== undefined);
  if (!isMap(value)) return value;
  const before = Object.entries(value);
  const entries = before
    .map(([key, item]) => [key, kept(key, item)])
    .filter(([, item]) => item !== undefined);
  return entries.length === 0 && before.length > 0 ? undefined : Object.fromEntries(entries);
}
