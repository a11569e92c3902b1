/** Opening files of a tree that somebody else made: openat2(2) with the tree as the root of every lookup. */
import { decodeUtf8 } from './bytes.ts';
import { isErrno } from './errno.ts';
import { close, O, oDirectory, open, read } from './file-descriptor.ts';
import { callOnPath } from './syscall.ts';

const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_IN_ROOT = 0x10;
const MAXIMUM_TEXT = 1024 * 1024;

/** Opens `path` in the tree at `root`. Links, absolute ones and `..` included, cannot lead out of it. */
export function openInRoot(root: string, path: string, flags: number): number {
  const directory = open(root, O.PATH | oDirectory());
  try {
    // struct open_how: flags, mode, resolve.
    const how = new BigUint64Array([
      BigInt(flags | O.CLOEXEC),
      0n,
      BigInt(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS),
    ]);
    const bytes = new Uint8Array(how.buffer);
    return callOnPath(`${root}${path}`, 'openat2', directory, path, bytes, bytes.length);
  } finally {
    close(directory);
  }
}

/** The text of a file in the tree, at most 1 MiB of it; empty if there is none. */
export function readTextInRoot(root: string, path: string): string {
  let fd: number;
  try {
    fd = openInRoot(root, path, O.RDONLY | O.NONBLOCK);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return '';
    throw error;
  }
  try {
    const buffer = new Uint8Array(MAXIMUM_TEXT);
    let length = 0;
    for (let count = -1; count !== 0 && length < buffer.length; length += count) {
      count = read(fd, buffer.subarray(length));
    }
    return decodeUtf8(buffer.subarray(0, length));
  } finally {
    close(fd);
  }
}
