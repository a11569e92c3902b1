/**
 * Working in a tree that somebody else made and that may hold hostile symbolic links: a layer, a container's root, a
 * volume. openat2(2) takes the tree for the root of every lookup.
 *
 * To make or change something, its directory is opened by {@link openDirectoryInRoot}, and the name in it is reached by
 * {@link pathAt} with calls that do not follow a final link: at no moment could a link be put in the way.
 */
import { decodeUtf8 } from './bytes.ts';
import { isErrno } from './errno.ts';
import { close, O, oDirectory, open, read, withFile } from './file-descriptor.ts';
import { fstat } from './file-status.ts';
import { callOnPath } from './syscall.ts';

const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_IN_ROOT = 0x10;
const LOOP_RETRIES = 20;
const MAXIMUM_TEXT = 1024 * 1024;

/**
 * Opens `path` in the tree at the open directory `root`, always close-on-exec. Links, absolute ones and `..` included,
 * cannot lead out of it. Throws SyscallError.
 */
export function openInRoot(root: number, path: string, flags: number): number {
  // struct open_how: flags, mode, resolve.
  const how = new BigUint64Array([
    BigInt(flags | O.CLOEXEC),
    0n,
    BigInt(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS),
  ]);
  const bytes = new Uint8Array(how.buffer);
  for (let loops = 0; ; ) {
    try {
      return callOnPath(path, 'openat2', root, path, bytes, bytes.length);
    } catch (error) {
      // A lookup that the kernel has to begin anew, as it may at any time, counts the links that it follows twice.
      if (isErrno(error, 'ELOOP') && loops++ < LOOP_RETRIES) continue;
      // A rename somewhere in the system kept the kernel from being sure about a `..`.
      if (!isErrno(error, 'EAGAIN')) throw error;
    }
  }
}

/** Opens a directory of the tree. */
export function openDirectoryInRoot(root: number, path: string): number {
  return openInRoot(root, path, O.RDONLY | oDirectory());
}

/** A path to a name in an open directory, wherever that is by now. Needs /proc. */
export function pathAt(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`;
}

/**
 * The text of a file in the tree at `root`, at most 1 MiB of it; empty if there is none, or if it is something that must
 * not be opened for what that could do: a device, a pipe.
 */
export function readTextInRoot(root: string, path: string): string {
  const directory = open(root, O.PATH | oDirectory());
  let found: number | undefined;
  try {
    found = openInRoot(directory, path, O.PATH);
    return fstat(found).type === 'file' ? readTextBeginning(found) : '';
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return '';
    throw error;
  } finally {
    if (found !== undefined) close(found);
    close(directory);
  }
}

/** @param path a descriptor that stands for the file and cannot read it */
function readTextBeginning(path: number): string {
  const buffer = new Uint8Array(MAXIMUM_TEXT);
  let length = 0;
  withFile(`/proc/self/fd/${path}`, O.RDONLY, (fd) => {
    for (let count = -1; count !== 0 && length < buffer.length; length += count) {
      count = read(fd, buffer.subarray(length));
    }
  });
  return decodeUtf8(buffer.subarray(0, length));
}
