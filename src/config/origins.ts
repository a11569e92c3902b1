/** `ros config sources`: which file or word decided a value. */
import { isPrivate } from './check.ts';
import { getPath } from './get.ts';
import { isMap, ownValue, type YamlMap } from './merge.ts';
import type { Source } from './source.ts';
import { lazyLocator } from './yaml-position.ts';

/** One value that a source gives. */
export interface Origin {
  readonly key: string;
  /** Undefined if it is secret. */
  readonly value: unknown;
  /** A file with line and column, or what stands for one. */
  readonly source: string;
  /** Whether it is the one that counts. */
  readonly decides: boolean;
}

/**
 * Where the values at and below a key come from, in the order in which the sources are merged.
 * @param config all sources merged
 */
export function findOrigins(sources: readonly Source[], config: YamlMap, key: string): Origin[] {
  const path = getPath(config, key);
  if (path === undefined) return [];
  return leaves(valueAt(config, path), path).flatMap((leaf) => {
    const giving = sources.filter(({ values }) => valueAt(values, leaf) !== undefined);
    return giving.map((source) => ({
      key: leaf.join('.'),
      value: source.isSecret || isPrivate(leaf) ? undefined : valueAt(source.values, leaf),
      source: placeIn(source, leaf),
      decides: source === giving.at(-1),
    }));
  });
}

/** Lists are replaced whole, so each is one value. */
function leaves(value: unknown, path: readonly string[]): (readonly string[])[] {
  if (!isMap(value) || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([key, below]) => leaves(below, [...path, key]));
}

function valueAt(map: YamlMap, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isMap(value) ? ownValue(value, key) : undefined), map);
}

function placeIn({ name, text }: Source, path: readonly string[]): string {
  const position = text === undefined ? undefined : lazyLocator(text)(path, 'key');
  return position === undefined ? name : `${name}:${position.line}:${position.column}`;
}
