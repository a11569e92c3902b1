/** A layer of the store as the tar that it came as, byte for byte. */
import { isErrno } from '../../linux/errno.ts';
import { close, O, oDirectory, oNoFollow, open, read } from '../../linux/file-descriptor.ts';
import { fstat } from '../../linux/file-status.ts';
import { openInRoot } from '../../linux/open-in-root.ts';
import { type Digest, formatDigest } from '../../oci/digest.ts';
import { FormatError } from '../../oci/errors.ts';
import { readTarSplit, restoreTar } from '../../oci/tar-split.ts';
import { readGzipFile } from './gzip-file.ts';
import { LAYER_FILES, TAR_SPLIT } from './layer-store.ts';

const READ_SIZE = 128 * 1024;

/** The size of a layer's tar in bytes. */
export function tarSize(directory: string): number {
  let size = 0;
  for (const item of readTarSplit(readGzipFile(`${directory}/${TAR_SPLIT}`))) {
    size += item.kind === 'raw' ? item.bytes.length : item.size;
  }
  return size;
}

/**
 * A layer's tar, piece by piece; a piece must be used before the next is asked for.
 * @param directory the layer's directory in the store
 * @throws FormatError at the end, if the tar is not what the diff id says
 */
export function* layerTar(directory: string, diffId: Digest): Generator<Uint8Array> {
  const hash = host.sha256();
  const root = open(`${directory}/${LAYER_FILES}`, O.RDONLY | oDirectory());
  const buffer = new Uint8Array(READ_SIZE);
  try {
    const record = readGzipFile(`${directory}/${TAR_SPLIT}`);
    for (const piece of restoreTar(record, (path) => fileContent(root, path, buffer))) {
      hash.update(piece);
      yield piece;
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`layer ${diffId} is damaged: ${error.message}`);
  } finally {
    close(root);
  }
  const actual = formatDigest(hash.digest());
  if (actual !== diffId) throw new FormatError(`layer ${diffId} is damaged: its digest is now ${actual}`);
}

/** The content of a file of the layer. What is something else now is not opened, which could have consequences. */
function* fileContent(root: number, path: string, buffer: Uint8Array): Generator<Uint8Array> {
  const place = openPlace(root, path);
  try {
    if (fstat(place).type !== 'file') throw new FormatError(`"${path}" is not a file any more`);
    const fd = open(`/proc/self/fd/${place}`, O.RDONLY);
    try {
      for (let count = read(fd, buffer); count > 0; count = read(fd, buffer)) yield buffer.subarray(0, count);
    } finally {
      close(fd);
    }
  } finally {
    close(place);
  }
}

function openPlace(root: number, path: string): number {
  try {
    return openInRoot(root, path, O.PATH | oNoFollow());
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw new FormatError(`"${path}" is missing`);
    throw error;
  }
}
