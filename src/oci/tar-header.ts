/**
 * The 512-byte header block of a tar archive: POSIX.1-1988 ustar (IEEE Std 1003.1, pax, "ustar Interchange
 * Format"), with GNU's base-256 numbers for what octal digits cannot hold.
 */
import { decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { FormatError } from './errors.ts';

/** Archives consist of blocks of this many bytes. */
export const TAR_BLOCK = 512;

export type TarType = 'file' | 'hardlink' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';

/** A moment, as `utimensat` takes it: seconds since 1970 (may be negative) and nanoseconds after that. */
export interface TarTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** One member of an archive. */
export interface TarEntry {
  /** As written in the archive, without the slash that ends a directory's name. */
  readonly path: string;
  readonly type: TarType;
  /** Bytes of content that follow; 0 for everything but files. */
  readonly size: number;
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: TarTime;
  /** The target of a symbolic or hard link, else empty. */
  readonly linkPath: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly userName: string;
  readonly groupName: string;
  /** Extended attributes by full name, such as `security.capability`. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** Where a field lies in the block. */
interface Field {
  readonly offset: number;
  readonly length: number;
  /** The text must leave room for a NUL. */
  readonly endsWithNul?: true;
}

const FIELDS = {
  name: { offset: 0, length: 100 },
  mode: { offset: 100, length: 8 },
  uid: { offset: 108, length: 8 },
  gid: { offset: 116, length: 8 },
  size: { offset: 124, length: 12 },
  mtime: { offset: 136, length: 12 },
  checksum: { offset: 148, length: 8 },
  typeFlag: { offset: 156, length: 1 },
  linkName: { offset: 157, length: 100 },
  magic: { offset: 257, length: 8 },
  userName: { offset: 265, length: 32, endsWithNul: true },
  groupName: { offset: 297, length: 32, endsWithNul: true },
  deviceMajor: { offset: 329, length: 8 },
  deviceMinor: { offset: 337, length: 8 },
  prefix: { offset: 345, length: 155 },
} as const satisfies Record<string, Field>;

const POSIX_MAGIC = 'ustar\u000000';
const GNU_MAGIC = 'ustar  \u0000';
const SPACE = 0x20;
const ZERO_DIGIT = 0x30;
const HIGH_BIT = 0x80;

/** A header block taken apart; fields that extension records may override are still unchecked. */
export interface RawHeader {
  readonly typeFlag: string;
  readonly name: string;
  readonly linkName: string;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly userName: string;
  readonly groupName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/** Whether all bytes are zero, as in the two blocks that end an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Takes a header block apart. Errors name the field; the caller adds where the block is. */
export function parseHeader(block: Uint8Array): RawHeader {
  const stored = parseNumber(block, 'checksum');
  const actual = checksum(block);
  if (stored !== actual && stored !== signedChecksum(block)) {
    throw new FormatError(`header checksum is ${actual}, but ${stored} is written there`);
  }
  const magic = latin1(block, FIELDS.magic);
  const isPosix = magic === POSIX_MAGIC;
  const hasNames = isPosix || magic === GNU_MAGIC;
  const prefix = isPosix ? parseText(block, 'prefix') : '';
  const name = parseText(block, 'name');
  return {
    typeFlag: String.fromCharCode(block[FIELDS.typeFlag.offset] ?? 0),
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: parseText(block, 'linkName'),
    size: parseNumber(block, 'size'),
    mode: parseNumber(block, 'mode'),
    uid: parseNumber(block, 'uid'),
    gid: parseNumber(block, 'gid'),
    mtime: parseNumber(block, 'mtime'),
    userName: hasNames ? parseText(block, 'userName') : '',
    groupName: hasNames ? parseText(block, 'groupName') : '',
    deviceMajor: hasNames ? parseNumber(block, 'deviceMajor') : 0,
    deviceMinor: hasNames ? parseNumber(block, 'deviceMinor') : 0,
  };
}

/** What fits into a plain ustar block; see {@link fitsField} for the limits. */
export interface PlainHeader extends RawHeader {
  /** Goes before `name` with a slash between them. */
  readonly prefix: string;
}

/** Writes a ustar block with its checksum. Every value must fit its field. */
export function formatHeader(header: PlainHeader): Uint8Array {
  const block = new Uint8Array(TAR_BLOCK);
  for (const key of ['name', 'linkName', 'userName', 'groupName', 'prefix', 'typeFlag'] as const) {
    block.set(encodeUtf8(header[key]), FIELDS[key].offset);
  }
  for (const key of ['mode', 'uid', 'gid', 'size', 'mtime', 'deviceMajor', 'deviceMinor'] as const) {
    const { offset, length } = FIELDS[key];
    block.set(encodeUtf8(header[key].toString(8).padStart(length - 1, '0')), offset);
  }
  block.set(encodeUtf8(POSIX_MAGIC), FIELDS.magic.offset);
  block.set(encodeUtf8(`${checksum(block).toString(8).padStart(6, '0')}\u0000 `), FIELDS.checksum.offset);
  return block;
}

/** Whether a value can be written into a ustar field: unsigned octal digits, or ASCII text. */
export function fitsField(key: keyof typeof FIELDS, value: number | string): boolean {
  const { length, endsWithNul }: Field = FIELDS[key];
  if (typeof value === 'number') return value >= 0 && value < 8 ** (length - 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what the field takes, without the NUL that ends it
  return value.length <= (endsWithNul ? length - 1 : length) && /^[\x01-\x7f]*$/.test(value);
}

/** Decodes text that names something. Other encodings are refused: a name with bytes lost is another name. */
export function decodeName(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text.includes('\ufffd') && !equalBytes(encodeUtf8(text), bytes)) {
    throw new FormatError(`name "${text}" is not UTF-8`);
  }
  return text;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function parseText(block: Uint8Array, key: keyof typeof FIELDS): string {
  const { offset, length } = FIELDS[key];
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return decodeName(end < 0 ? field : field.subarray(0, end));
}

function latin1(block: Uint8Array, { offset, length }: Field): string {
  return String.fromCharCode(...block.subarray(offset, offset + length));
}

/** A number in octal digits, padded by spaces or NULs, or in base 256 if the first bit is set. */
function parseNumber(block: Uint8Array, key: keyof typeof FIELDS): number {
  const { offset, length } = FIELDS[key];
  const field = block.subarray(offset, offset + length);
  if (((field[0] ?? 0) & HIGH_BIT) !== 0) return parseBase256(field, key);
  let value = 0;
  let position = 0;
  while (field[position] === SPACE) position += 1;
  for (; position < length; position += 1) {
    const byte = field[position] ?? 0;
    if (byte === SPACE || byte === 0) break;
    const digit = byte - ZERO_DIGIT;
    if (digit < 0 || digit > 7) throw new FormatError(`${key} is not an octal number`);
    value = value * 8 + digit;
  }
  return value;
}

/** Big-endian two's complement in all bits but the first, which only marks the encoding. */
function parseBase256(field: Uint8Array, key: string): number {
  const negative = ((field[0] ?? 0) & 0x40) !== 0;
  let value = 0;
  field.forEach((byte, index) => {
    const bits = index === 0 ? (negative ? byte : byte & ~HIGH_BIT) : byte;
    value = value * 256 + (negative ? 255 - bits : bits);
  });
  if (negative) value = -value - 1;
  if (!Number.isSafeInteger(value)) throw new FormatError(`${key} is out of range`);
  return value;
}

/** The sum of all bytes, those of the checksum field counted as spaces. */
function checksum(block: Uint8Array): number {
  // Four bytes at a time, two of them in each half of a number: no half can overflow with 512 bytes.
  const words = new Uint32Array(TAR_BLOCK / 4);
  const bytes = new Uint8Array(words.buffer);
  const { offset, length } = FIELDS.checksum;
  bytes.set(block);
  bytes.fill(SPACE, offset, offset + length);
  let even = 0;
  let odd = 0;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? 0;
    even += word & 0x00ff00ff;
    odd += (word >>> 8) & 0x00ff00ff;
  }
  return (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
}

/** The sum as some old writers made it, taking bytes as signed. */
function signedChecksum(block: Uint8Array): number {
  const { offset, length } = FIELDS.checksum;
  const isHigh = (byte: number, index: number) =>
    byte >= HIGH_BIT && (index < offset || index >= offset + length);
  return checksum(block) - 256 * block.filter(isHigh).length;
}
