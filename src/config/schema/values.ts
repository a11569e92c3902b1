/**
 * What the keys of the configuration are made of. The message of each schema says what was expected.
 * All are functions, since most commands never check anything and need no schema; and what does not differ is made once,
 * since valibot's objects take their time.
 */
import * as v from 'valibot';
import { isMap } from '../merge.ts';

/** What is to be known about a key besides what it holds. */
export interface KeyNote {
  /** What it is for: one line without a full stop. */
  readonly description: string;
  /** What it is without being set, if os-config does not say so already. */
  readonly preset?: string;
  /** When a change takes effect; absent: when the machine boots. */
  readonly effect?: Effect;
  /** Where the effect is `never`: values that say what is so anyway, of which nobody is warned. */
  readonly always?: readonly (string | boolean)[];
  /** Holds a secret, which is not shown to anybody who has not asked for it. */
  readonly isPrivate?: true;
}

/** When a change takes effect; `none`: not at all yet; `never`: the key has no meaning here, and the description says why. */
export type Effect = 'boot' | 'console' | 'network' | 'shutdown' | 'none' | 'never';

/** A key that may be absent or without a value. */
export type Key<Schema extends v.GenericSchema> = v.NullishSchema<Schema, undefined> & {
  readonly note: KeyNote;
};

export function key<const Schema extends v.GenericSchema>(
  schema: Schema,
  description: string,
  note: Omit<KeyNote, 'description'> = {},
): Key<Schema> {
  return Object.assign(v.nullish(schema), { note: { description, ...note } });
}

/** Numbers and booleans are taken as they are printed. */
export const text = once(() =>
  v.pipe(
    v.union([v.string(), v.number(), v.boolean()], 'text'),
    v.transform((value) => String(value)),
  ),
);

/** Also in the words of YAML 1.1. */
export const flag = once(() =>
  v.pipe(
    v.union([v.boolean(), v.picklist(['yes', 'no', 'on', 'off'])], 'true or false'),
    v.transform((value) => value === true || value === 'yes' || value === 'on'),
  ),
);

export function integer(expected: string, least: number, most: number = Number.MAX_SAFE_INTEGER) {
  return v.pipe(
    v.number(expected),
    v.safeInteger(expected),
    v.minValue(least, expected),
    v.maxValue(most, expected),
  );
}

export const seconds = once(() => integer('a number of seconds', 0));

export const list = once(() => v.array(text(), 'a list'));

/** A map with these keys and no others. */
export function map<const Entries extends v.ObjectEntries>(entries: Entries) {
  return onlyMap(v.object(entries));
}

/** A map from any names. */
export function mapFromNames<const Values extends v.GenericSchema>(values: Values) {
  return onlyMap(v.record(v.string(), values));
}

export const textMap = once(() => mapFromNames(text()));

/** valibot by itself takes a list for an object. */
function onlyMap<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.pipe(v.custom<v.InferInput<Schema>>(isMap, 'a map'), schema);
}

/** A function that makes its result at its first call. */
export function once<Value>(make: () => Value): () => Value {
  let value: Value | undefined;
  return () => {
    value ??= make();
    return value;
  };
}
