/** Documents that are right but for one place in them. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A value in the place of another, and where that is. */
export interface Mutation {
  /** Such as `HostConfig.Mounts.0.Type = []`. */
  readonly title: string;
  readonly value: Json;
}

const strange: readonly Json[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  '',
  'x',
  '/../../etc/passwd',
  'line\nline\0\u{1f4a9}\ud800',
  'x'.repeat(70_000),
  [],
  [null],
  [[]],
  ['', ''],
  {},
  { '': null },
  { x: { y: [{}] } },
  JSON.parse('{"__proto__":{"x":1},"constructor":"x","toString":null}') as Json,
];

/** A document with each of its values, inner ones included, exchanged for each of many strange ones. */
export function* mutationsOf(document: Json): Generator<Mutation> {
  for (const path of placesIn(document)) {
    for (const value of strange) {
      const shown = JSON.stringify(value).slice(0, 60);
      yield { title: `${path.join('.')} = ${shown}`, value: exchanged(document, path, value) };
    }
  }
}

function* placesIn(value: Json, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* placesIn(inner, [...path, key]);
}

function exchanged(document: Json, path: readonly string[], value: Json): Json {
  const copy = structuredClone(document) as Record<string, Json>;
  let place = copy;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string, Json>;
  place[path.at(-1) ?? ''] = value;
  return copy;
}
