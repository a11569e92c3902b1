/**
 * Extended header records, `<length> <key>=<value>\n` (IEEE Std 1003.1, pax, "pax Extended Header").
 * Values stay bytes, because extended attributes are binary.
 */
import { concatBytes, decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { FormatError } from './errors.ts';
import type { TarTime } from './tar-header.ts';

/** How star, GNU tar and Docker name the record of an extended attribute. */
export const PAX_XATTR_PREFIX = 'SCHILY.xattr.';

const SPACE = 0x20;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;

/** Reads all records of an extended header. A later record with the same key replaces the earlier one. */
export function parsePaxRecords(bytes: Uint8Array): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  let start = 0;
  while (start < bytes.length) {
    const space = bytes.indexOf(SPACE, start);
    const length = space < 0 ? '' : decodeUtf8(bytes.subarray(start, space));
    const end = start + Number(length);
    const equals = bytes.indexOf(EQUALS, space);
    const isWellFormed =
      /^[0-9]{1,7}$/.test(length) && equals > space + 1 && equals < end && bytes[end - 1] === NEWLINE;
    if (!isWellFormed) throw new FormatError(`malformed PAX record at byte ${start} of the extended header`);
    records.set(decodeUtf8(bytes.subarray(space + 1, equals)), bytes.slice(equals + 1, end - 1));
    start = end;
  }
  return records;
}

/** Writes records in the order of their keys. */
export function formatPaxRecords(records: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const key of [...records.keys()].sort()) {
    if (key.includes('=')) throw new FormatError(`"${key}" cannot be the key of a PAX record`);
    const value = records.get(key) ?? new Uint8Array(0);
    const name = encodeUtf8(` ${key}=`);
    const length = lengthWithItself(name.length + value.length + 1);
    parts.push(encodeUtf8(String(length)), name, value, Uint8Array.of(NEWLINE));
  }
  return concatBytes(parts);
}

/** The length of a record counts the digits in which it is written. */
function lengthWithItself(rest: number): number {
  const digits = String(rest).length;
  const length = rest + digits;
  return String(length).length === digits ? length : length + 1;
}

/** A whole number that is not negative, such as `size` or `uid`. */
export function parsePaxInteger(key: string, value: Uint8Array): number {
  const text = decodeUtf8(value);
  const number = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new FormatError(`PAX record ${key}: "${text}" is not a whole number`);
  }
  return number;
}

/** A time in seconds, with a decimal fraction if it has one, and negative before 1970. */
export function parsePaxTime(key: string, value: Uint8Array): TarTime {
  const text = decodeUtf8(value);
  const [, sign, whole, fraction] = /^(-?)([0-9]+)(?:\.([0-9]*))?$/.exec(text) ?? [];
  const seconds = Number(whole);
  if (whole === undefined || !Number.isSafeInteger(seconds)) {
    throw new FormatError(`PAX record ${key}: "${text}" is not a time`);
  }
  const nanoseconds = Number((fraction ?? '').slice(0, 9).padEnd(9, '0'));
  if (sign !== '-') return { seconds, nanoseconds };
  return nanoseconds === 0
    ? { seconds: 0 - seconds, nanoseconds: 0 }
    : { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

/** The text of a time record. */
export function formatPaxTime({ seconds, nanoseconds }: TarTime): string {
  if (nanoseconds === 0) return String(seconds);
  const isNegative = seconds < 0;
  const whole = isNegative ? -seconds - 1 : seconds;
  const fraction = isNegative ? 1_000_000_000 - nanoseconds : nanoseconds;
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '');
  return `${isNegative ? '-' : ''}${whole}.${digits}`;
}
