/** The keys of a schema, one below the other. */
import type { KeyNote } from './values.ts';

/** The parts of valibot's schemas that lead to further keys. */
export interface Walkable {
  readonly kind: string;
  readonly type?: string;
  readonly wrapped?: Walkable;
  readonly pipe?: readonly Walkable[];
  readonly entries?: Readonly<Record<string, Walkable>>;
  readonly value?: Walkable;
  readonly item?: Walkable;
  /** What a step of a pipe asks for. */
  readonly requirement?: unknown;
  /** Those of a union; for a picklist, its words. */
  readonly options?: readonly (Walkable | string)[];
  readonly note?: KeyNote;
}

/** The schema itself, without what is around it. */
export function coreOf(schema: Walkable): Walkable {
  const inner = schema.wrapped ?? schema.pipe?.findLast(({ kind }) => kind === 'schema');
  return inner === undefined ? schema : coreOf(inner);
}

/** The schema of a key or of an item of a list; undefined if there is no such key, or if nothing is known about it. */
export function schemaBelow(schema: Walkable, name: string): Walkable | undefined {
  const { entries, value, item } = coreOf(schema);
  if (entries === undefined) return value ?? item;
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}
