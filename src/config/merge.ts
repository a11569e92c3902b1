/** How the sources of the configuration are put together. */

/** A mapping of YAML. */
export type YamlMap = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The second map over the first: maps merge deeply, lists and scalars are replaced whole.
 * Nothing (a key without a value) does not replace a map: `services:` with all its lines commented out says nothing.
 */
export function merge(base: YamlMap, over: YamlMap): YamlMap {
  // Object.fromEntries, and not assignment, so that the key `__proto__` is a key like others.
  const merged = Object.entries(over).map(([key, value]) => [key, mergeValue(ownValue(base, key), value)]);
  return Object.fromEntries([...Object.entries(base), ...merged]);
}

function mergeValue(base: unknown, over: unknown): unknown {
  if (!isMap(base)) return over;
  if (over === null || over === undefined) return base;
  return isMap(over) ? merge(base, over) : over;
}

/** The map with a value set at a path; undefined if the path leads through something that is not a map. */
export function setAt(map: YamlMap, path: readonly string[], value: unknown): YamlMap | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return undefined;
  if (rest.length === 0) return Object.fromEntries([...Object.entries(map), [key, value]]);
  const below = ownValue(map, key) ?? {};
  const inner = isMap(below) ? setAt(below, rest, value) : undefined;
  return inner && Object.fromEntries([...Object.entries(map), [key, inner]]);
}

/** The value of a key, undefined also for what every object inherits. */
export function ownValue(map: YamlMap, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
