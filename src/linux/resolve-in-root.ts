/**
 * Working in a directory tree that may hold hostile symbolic links: a layer, a container's root, a volume.
 *
 * The directory of a name is opened by {@link openInRoot}, which never leaves the tree; the name itself is then
 * reached by {@link pathAt}, with calls that do not follow a final link. There is no moment in between in which
 * somebody could put a link in the way.
 */
import { isErrno } from './errno.ts';
import { O, oDirectory } from './file-descriptor.ts';
import { callOnPath } from './syscall.ts';

/** Flags of `struct open_how` (openat2(2)): no links of /proc, and `/` and `..` stop at the given directory. */
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_IN_ROOT = 0x10;
const OPEN_HOW_SIZE = 24;

/**
 * Opens a path as if the open directory `root` were `/`, always close-on-exec. Links on the way are followed inside.
 * Throws SyscallError.
 */
export function openInRoot(root: number, path: string, flags: number): number {
  const how = new BigUint64Array([
    BigInt(flags | O.CLOEXEC),
    0n,
    BigInt(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS),
  ]);
  const argument = new Uint8Array(how.buffer);
  for (;;) {
    try {
      return callOnPath(path, 'openat2', root, path, argument, OPEN_HOW_SIZE);
    } catch (error) {
      // A rename somewhere in the system kept the kernel from being sure about a `..`.
      if (!isErrno(error, 'EAGAIN')) throw error;
    }
  }
}

/** Opens a directory by {@link openInRoot}, to be used as a place and by {@link pathAt}. */
export function openDirectoryInRoot(root: number, path: string): number {
  return openInRoot(root, path, O.RDONLY | oDirectory());
}

/** A path to a name in an open directory, wherever that is now, for functions that take paths. Needs /proc. */
export function pathAt(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`;
}
