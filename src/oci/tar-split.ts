/**
 * The record of a layer's tar without the contents of its files, from which the same tar is made again, byte for
 * byte, so that `docker save` and `docker push` give digests that match the image configuration.
 *
 * Format, to be compressed by the caller: the 8 bytes `TARSPLT1`, then records until the end:
 *
 *     'R'  u32 length   bytes                  these bytes as they are: headers, padding, the end of the archive
 *     'F'  u32 length   path in UTF-8   u64 size   the content of a file of the layer, `size` bytes
 *
 * Numbers are little-endian. Paths are clean and relative to the layer directory (see layer-path.ts). A file that is
 * in the archive twice has lost its first content, so the one who restores must compare the digest.
 */
import { concatBytes, decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { FormatError } from './errors.ts';
import { cleanLayerPath, isAufsMetadata, isWhiteout } from './layer-path.ts';
import type { TarHandler } from './tar-reader.ts';

const MAGIC = encodeUtf8('TARSPLT1');
const RAW = 'R'.charCodeAt(0);
const FILE = 'F'.charCodeAt(0);
/** Bytes before the length of a record's bytes or path are known. */
const PREFIX = 5;
const MAX_PATH = 64 * 1024;

/**
 * Records an archive while a {@link TarHandler} unpacks it.
 * @param write takes the record piece by piece; a piece may be a view, to be used before returning
 * @returns the handler to give to the TarReader; it passes every call on to `next`
 */
export function recordTarSplit(write: (bytes: Uint8Array) => void, next: TarHandler): TarHandler {
  write(MAGIC);
  let keepsContent = false;
  const writeRaw = (bytes: Uint8Array) => {
    write(recordPrefix(RAW, bytes.length));
    write(bytes);
  };
  return {
    raw(bytes) {
      writeRaw(bytes);
      next.raw?.(bytes);
    },
    entry(entry) {
      const path = cleanLayerPath(entry.path);
      keepsContent = isWhiteout(path) || isAufsMetadata(path);
      if (entry.size > 0 && !keepsContent) write(fileRecord(path, entry.size));
      next.entry(entry);
    },
    data(bytes) {
      if (keepsContent) writeRaw(bytes);
      next.data(bytes);
    },
    entryEnd() {
      next.entryEnd();
    },
  };
}

function recordPrefix(kind: number, length: number): Uint8Array {
  const prefix = new Uint8Array(PREFIX);
  prefix[0] = kind;
  new DataView(prefix.buffer).setUint32(1, length, true);
  return prefix;
}

function fileRecord(path: string, size: number): Uint8Array {
  const name = encodeUtf8(path);
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(size), true);
  return concatBytes([recordPrefix(FILE, name.length), name, number]);
}

/** What a record says, in the order of the archive. */
export type TarSplitItem =
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly path: string; readonly size: number };

/**
 * Reads a record that arrives in pieces.
 * @throws FormatError if it is not a record or is cut off
 */
export function* readTarSplit(pieces: Iterable<Uint8Array>): Generator<TarSplitItem> {
  let rest: Uint8Array = new Uint8Array(0);
  let isStarted = false;
  let rawLeft = 0;
  for (const piece of pieces) {
    rest = rest.length === 0 ? piece : concatBytes([rest, piece]);
    if (!isStarted) {
      if (rest.length < MAGIC.length) continue;
      if (!MAGIC.every((byte, index) => rest[index] === byte))
        throw new FormatError('tar-split: not a record');
      rest = rest.subarray(MAGIC.length);
      isStarted = true;
    }
    for (;;) {
      if (rawLeft > 0) {
        const bytes = rest.subarray(0, rawLeft);
        rest = rest.subarray(bytes.length);
        rawLeft -= bytes.length;
        if (bytes.length > 0) yield { kind: 'raw', bytes };
        if (rawLeft > 0) break;
      }
      if (rest.length < PREFIX) break;
      const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
      const length = view.getUint32(1, true);
      if (rest[0] === RAW) {
        rawLeft = length;
        rest = rest.subarray(PREFIX);
        continue;
      }
      if (rest[0] !== FILE || length > MAX_PATH) throw new FormatError('tar-split: damaged record');
      const end = PREFIX + length;
      if (rest.length < end + 8) break;
      const path = decodeUtf8(rest.subarray(PREFIX, end));
      const size = Number(view.getBigUint64(end, true));
      rest = rest.subarray(end + 8);
      yield { kind: 'file', path, size };
    }
  }
  if (!isStarted || rest.length > 0 || rawLeft > 0) throw new FormatError('tar-split: the record is cut off');
}

/**
 * The archive again, piece by piece.
 * @param pieces the record
 * @param readFile the content of a file of the layer, of which exactly `size` bytes are wanted
 * @throws FormatError if a file has another size than when it was recorded
 */
export function* restoreTar(
  pieces: Iterable<Uint8Array>,
  readFile: (path: string, size: number) => Iterable<Uint8Array>,
): Generator<Uint8Array> {
  for (const item of readTarSplit(pieces)) {
    if (item.kind === 'raw') {
      yield item.bytes;
      continue;
    }
    let length = 0;
    for (const bytes of readFile(item.path, item.size)) {
      length += bytes.length;
      if (length > item.size) break;
      yield bytes;
    }
    if (length !== item.size)
      throw new FormatError(`tar-split: "${item.path}" no longer has ${item.size} bytes`);
  }
}
