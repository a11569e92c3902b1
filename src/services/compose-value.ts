/**
 * The forms that values take in compose files of version 1. Each function takes a value as YAML gave it, and the place
 * of it for the error; all throw ServiceError.
 */
import { isMap } from '../config/merge.ts';
import { ServiceError } from './service-error.ts';
import { splitShellWords } from './shell-words.ts';

/** Reads a value, or throws ServiceError that names the place. */
export type Reader<Value> = (value: unknown, place: string) => Value;

export type Values = Readonly<Record<string, unknown>>;

/** The error for a value that is something else. */
function unexpected(place: string, expected: string, value: unknown): ServiceError {
  return new ServiceError(`${place}: expected ${expected}, got ${JSON.stringify(value)}`);
}

/** Text; numbers and booleans are taken as they are printed. */
export function text(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw unexpected(place, 'text', value);
}

export function flag(value: unknown, place: string): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw unexpected(place, 'true or false', value);
}

export function integer(value: unknown, place: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw unexpected(place, 'a whole number', value);
}

/** A list of texts. */
export function list(value: unknown, place: string): string[] {
  if (!Array.isArray(value)) throw unexpected(place, 'a list', value);
  return value.map((item: unknown, index) => text(item, `${place}[${index}]`));
}

/** A list, or a single text as a list of one. */
export function listOrText(value: unknown, place: string): string[] {
  return Array.isArray(value) ? list(value, place) : [text(value, place)];
}

/** A list of words, or one text that is split as a shell does. */
export function words(value: unknown, place: string): string[] {
  return Array.isArray(value) ? list(value, place) : splitShellWords(text(value, place), place);
}

/** A map of texts, or a list of `name=value`; a name without a value has undefined. */
export function variables(value: unknown, place: string): Map<string, string | undefined> {
  if (isMap(value)) {
    return new Map(
      Object.entries(value).map(([name, item]) => [
        name,
        item === null ? undefined : text(item, `${place}.${name}`),
      ]),
    );
  }
  if (!Array.isArray(value)) throw unexpected(place, 'a map, or a list of NAME=VALUE', value);
  return new Map(
    list(value, place).map((item) => {
      const equals = item.indexOf('=');
      return equals < 0 ? [item, undefined] : [item.slice(0, equals), item.slice(equals + 1)];
    }),
  );
}

/** Like `variables`; a name without a value has an empty one. */
export function textMap(value: unknown, place: string): Record<string, string> {
  return Object.fromEntries([...variables(value, place)].map(([name, item]) => [name, item ?? '']));
}

/** Bytes: a number, or text such as `64m` or `1gb`, in binary units. */
export function size(value: unknown, place: string): number {
  const [, digits, unit = ''] = /^(-?\d+(?:\.\d+)?) *([kmgt]?)b?$/i.exec(String(value)) ?? [];
  if (digits === undefined) throw unexpected(place, 'a size such as 64m', value);
  return Math.floor(Number(digits) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' '));
}

/** A map; without a value, an empty one. Throws ServiceError. */
export function mapOf(value: unknown, place: string): Values {
  if (value == null) return {};
  if (isMap(value)) return value;
  throw new ServiceError(`${place}: expected a map`);
}
