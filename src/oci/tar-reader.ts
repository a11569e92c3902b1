/**
 * Reads tar archives as they arrive: push bytes in, and the handler is told of entries and their contents.
 * Understands ustar, the old format before it, GNU long names and base-256 numbers, and PAX extended headers
 * (local and global). Sparse files and multi-volume archives are refused.
 */
import { concatBytes } from '../linux/bytes.ts';
import { FormatError } from './errors.ts';
import {
  decodeName,
  isZeroBlock,
  parseHeader,
  type RawHeader,
  TAR_BLOCK,
  type TarEntry,
  type TarTime,
  type TarType,
} from './tar-header.ts';
import { PAX_XATTR_PREFIX, parsePaxInteger, parsePaxRecords, parsePaxTime } from './tar-pax.ts';

/** What a reader calls, in the order of the archive. */
export interface TarHandler {
  entry(entry: TarEntry): void;
  /** A piece of the current file's content: a view of the pushed chunk, to be used before returning. */
  data(bytes: Uint8Array): void;
  /** After the content of any entry, also of one that has none. */
  entryEnd(): void;
  /**
   * Every byte that is not content (headers, extensions, padding, the end of the archive), as a view.
   * The bytes of `raw` and `data` in the order of the calls are the archive.
   */
  raw?(bytes: Uint8Array): void;
}

/** Extended headers and long names are held in memory, so they are limited: 1 MiB. */
const MAX_EXTENSION = 1024 * 1024;
const MAX_ID = 0xffff_ffff;

const TYPES: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/** Entries that only say something about the next one. */
const EXTENSIONS = { longName: 'L', longLink: 'K', local: 'x', global: 'g' };

type Records = ReadonlyMap<string, Uint8Array>;

type State =
  | { in: 'header' }
  | { in: 'extension'; typeFlag: string; remaining: number; parts: Uint8Array[]; padding: number }
  | { in: 'content'; remaining: number; padding: number }
  | { in: 'padding'; remaining: number; endsEntry: boolean }
  /** One block of zeros was seen; a second must follow. */
  | { in: 'ending' }
  | { in: 'trailer' };

/** Reads one archive. After an error it must not be used again. */
export class TarReader {
  readonly #handler: TarHandler;
  #state: State = { in: 'header' };
  /** The beginning of a block whose end has not arrived yet. */
  #partial = new Uint8Array(0);
  /** Bytes of the archive that were consumed. */
  #offset = 0;
  #entryPath = '';
  #longName: string | undefined;
  #longLink: string | undefined;
  #local: Records = new Map();
  #global: Records = new Map();

  constructor(handler: TarHandler) {
    this.#handler = handler;
  }

  /** Takes the next bytes of the archive; any split is fine. */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      const count = this.#consume(rest);
      this.#offset += count;
      rest = rest.subarray(count);
    }
  }

  /** Must be called when there are no more bytes; refuses an archive that was cut off. */
  end(): void {
    const { in: where } = this.#state;
    const isComplete = where === 'trailer' || where === 'ending' || where === 'header';
    const hasExtensions =
      this.#longName !== undefined || this.#longLink !== undefined || this.#local.size > 0;
    if (isComplete && this.#partial.length === 0 && !hasExtensions) return;
    const inside = where === 'content' || where === 'padding' ? `, inside "${this.#entryPath}"` : '';
    throw new FormatError(`tar: unexpected end of archive at offset ${this.#offset}${inside}`);
  }

  /** Consumes at least one byte and returns how many. */
  #consume(bytes: Uint8Array): number {
    const state = this.#state;
    switch (state.in) {
      case 'header':
      case 'ending':
        return this.#consumeBlock(bytes);
      case 'extension': {
        const piece = bytes.subarray(0, state.remaining);
        this.#handler.raw?.(piece);
        state.parts.push(piece.slice());
        state.remaining -= piece.length;
        if (state.remaining === 0) this.#endExtension(state.typeFlag, state.parts, state.padding);
        return piece.length;
      }
      case 'content': {
        const piece = bytes.subarray(0, state.remaining);
        this.#handler.data(piece);
        state.remaining -= piece.length;
        if (state.remaining === 0) this.#enterPadding(state.padding, true);
        return piece.length;
      }
      case 'padding': {
        const piece = bytes.subarray(0, state.remaining);
        this.#handler.raw?.(piece);
        state.remaining -= piece.length;
        if (state.remaining === 0) this.#enterPadding(0, state.endsEntry);
        return piece.length;
      }
      case 'trailer':
        this.#handler.raw?.(bytes);
        return bytes.length;
    }
  }

  #consumeBlock(bytes: Uint8Array): number {
    const count = Math.min(TAR_BLOCK - this.#partial.length, bytes.length);
    const piece = bytes.subarray(0, count);
    const block = this.#partial.length === 0 ? piece : concatBytes([this.#partial, piece]);
    if (block.length < TAR_BLOCK) {
      this.#partial = block.slice();
      return count;
    }
    const start = this.#offset - this.#partial.length;
    this.#partial = new Uint8Array(0);
    this.#handler.raw?.(block);
    if (this.#state.in === 'ending') this.#endArchive(block, start);
    else if (isZeroBlock(block)) this.#state = { in: 'ending' };
    else
      this.#enterEntry(
        this.#at(start, '', () => parseHeader(block)),
        start,
      );
    return count;
  }

  #endArchive(block: Uint8Array, start: number): void {
    if (!isZeroBlock(block)) throw new FormatError(`tar: a lone block of zeros before offset ${start}`);
    this.#state = { in: 'trailer' };
  }

  #enterEntry(header: RawHeader, start: number): void {
    if (Object.values(EXTENSIONS).includes(header.typeFlag)) {
      if (header.size > MAX_EXTENSION || header.size < 0) {
        throw new FormatError(
          `tar: extended header at offset ${start} is larger than ${MAX_EXTENSION} bytes`,
        );
      }
      const { typeFlag, size } = header;
      if (size === 0) this.#endExtension(typeFlag, [], 0);
      else this.#state = { in: 'extension', typeFlag, remaining: size, parts: [], padding: paddingOf(size) };
      return;
    }
    const name = this.#longName ?? header.name;
    const entry = this.#at(start, name, () => this.#entryOf(header));
    this.#entryPath = entry.path;
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#local = new Map();
    this.#handler.entry(entry);
    if (entry.size > 0) {
      this.#state = { in: 'content', remaining: entry.size, padding: paddingOf(entry.size) };
    } else {
      this.#enterPadding(0, true);
    }
  }

  #endExtension(typeFlag: string, parts: Uint8Array[], padding: number): void {
    const bytes = concatBytes(parts);
    this.#at(this.#offset, '', () => {
      if (typeFlag === EXTENSIONS.longName) this.#longName = decodeName(withoutNul(bytes));
      else if (typeFlag === EXTENSIONS.longLink) this.#longLink = decodeName(withoutNul(bytes));
      else if (typeFlag === EXTENSIONS.local) this.#local = parsePaxRecords(bytes);
      else this.#global = new Map([...this.#global, ...parsePaxRecords(bytes)]);
    });
    this.#enterPadding(padding, false);
  }

  #enterPadding(remaining: number, endsEntry: boolean): void {
    if (remaining > 0) {
      this.#state = { in: 'padding', remaining, endsEntry };
      return;
    }
    this.#state = { in: 'header' };
    if (endsEntry) this.#handler.entryEnd();
  }

  /** Joins the header block with the extensions that came before it. */
  #entryOf(header: RawHeader): TarEntry {
    const records = effectiveRecords(this.#global, this.#local);
    const text = (key: string) => mapValue(records.get(key), decodeName);
    const integer = (key: string) => mapValue(records.get(key), (value) => parsePaxInteger(key, value));
    const path = text('path') ?? this.#longName ?? header.name;
    if (path === '') throw new FormatError('an entry without a name');
    const type = typeOf(header.typeFlag, path);
    const isLink = type === 'hardlink' || type === 'symlink';
    const size = integer('size') ?? header.size;
    return {
      path: type === 'directory' ? path.replace(/\/+$/, '') || '/' : path,
      type,
      size: type === 'file' ? checkRange('size', size, Number.MAX_SAFE_INTEGER) : 0,
      mode: header.mode & 0o7777,
      uid: checkRange('uid', integer('uid') ?? header.uid, MAX_ID),
      gid: checkRange('gid', integer('gid') ?? header.gid, MAX_ID),
      mtime: mtimeOf(records, header),
      linkPath: isLink ? (text('linkpath') ?? this.#longLink ?? header.linkName) : '',
      deviceMajor: header.deviceMajor,
      deviceMinor: header.deviceMinor,
      userName: text('uname') ?? header.userName,
      groupName: text('gname') ?? header.groupName,
      xattrs: xattrsOf(records),
    };
  }

  /** Runs a step and adds to its error which entry is concerned, and where. */
  #at<T>(offset: number, name: string, step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const entry = name === '' ? '' : `entry "${name}" `;
      throw new FormatError(`tar: ${entry}at offset ${offset}: ${error.message}`);
    }
  }
}

/** How many bytes fill the last block of content. */
export function paddingOf(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}

function typeOf(typeFlag: string, path: string): TarType {
  const type = TYPES[typeFlag];
  if (type === undefined) throw new FormatError(`entries of type "${typeFlag}" are not supported`);
  return type === 'file' && path.endsWith('/') ? 'directory' : type;
}

/** Local records go before global ones; an empty value takes a record away. */
function effectiveRecords(global: Records, local: Records): Records {
  const records = new Map([...global, ...local]);
  for (const [key, value] of records) {
    if (key.startsWith('GNU.sparse.')) throw new FormatError('sparse files are not supported');
    if (value.length === 0 && !key.startsWith(PAX_XATTR_PREFIX)) records.delete(key);
  }
  return records;
}

function mtimeOf(records: Records, header: RawHeader): TarTime {
  const value = records.get('mtime');
  return value === undefined ? { seconds: header.mtime, nanoseconds: 0 } : parsePaxTime('mtime', value);
}

function xattrsOf(records: Records): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const [key, value] of records) {
    if (key.startsWith(PAX_XATTR_PREFIX)) xattrs.set(key.slice(PAX_XATTR_PREFIX.length), value);
  }
  return xattrs;
}

function checkRange(field: string, value: number, max: number): number {
  if (value < 0 || value > max) throw new FormatError(`${field} ${value} is out of range`);
  return value;
}

function mapValue<T, R>(value: T | undefined, map: (value: T) => R): R | undefined {
  return value === undefined ? undefined : map(value);
}

/** GNU ends long names with NUL. */
function withoutNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
