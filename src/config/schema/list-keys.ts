import { configSchema } from '../schema.ts';
import { coreOf, type Walkable } from './walk.ts';

/** All keys that hold something or are maps of names that people choose, as people write them. */
export function listKeys(): string[] {
  return keysBelow(configSchema(), '');
}

function keysBelow(schema: Walkable, path: string): string[] {
  const { entries } = coreOf(schema);
  if (entries === undefined) return [path];
  return Object.entries(entries).flatMap(([name, key]) =>
    keysBelow(key, path === '' ? name : `${path}.${name}`),
  );
}
