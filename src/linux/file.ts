/** Whole files and directory entries by path. All calls block; all throw SyscallError. */
import { concatBytes, decodeUtf8, encodeUtf8 } from './bytes.ts';
import { errnoNumber, isErrno } from './errno.ts';
import { AT_FDCWD, close, O, oDirectory, read, withFile, writeAll } from './file-descriptor.ts';
import { lstatIfExists } from './file-status.ts';
import { attempt, call, callOnPath, checked } from './syscall.ts';

const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_NOFOLLOW = 0x100;
const FIRST_READ_SIZE = 4 * 1024;
const READ_SIZE = 64 * 1024;

/** The contents of a file, also of files in /proc and /sys that claim to be empty. */
export function readFile(path: string): Uint8Array {
  return withFile(path, O.RDONLY, readToEnd);
}

function readToEnd(fd: number): Uint8Array {
  const parts: Uint8Array[] = [];
  // Most files are small, and to make a large buffer takes longer than to read them.
  for (let size = FIRST_READ_SIZE; ; size = READ_SIZE) {
    const buffer = new Uint8Array(size);
    let filled = 0;
    for (let count = -1; count !== 0 && filled < size; filled += count) {
      count = read(fd, buffer.subarray(filled));
    }
    parts.push(buffer.subarray(0, filled));
    if (filled < size) return concatBytes(parts);
  }
}

/** The contents of a file as text. */
export function readText(path: string): string {
  return decodeUtf8(readFile(path));
}

/** The text of a file, or undefined if there is none. */
export function readTextIfExists(path: string): string | undefined {
  // No exception for what is no error: those take their time.
  const fd = attempt('openat', AT_FDCWD, path, O.RDONLY | O.CLOEXEC);
  if (fd === -errnoNumber('ENOENT') || fd === -errnoNumber('ENOTDIR')) return undefined;
  try {
    return decodeUtf8(readToEnd(checked(fd, 'openat', path)));
  } finally {
    if (fd >= 0) close(fd);
  }
}

/** Creates or overwrites a file. Not atomic: for /proc, /sys and files nobody else reads. */
export function writeFile(path: string, data: string | Uint8Array, mode = 0o644): void {
  const bytes = typeof data === 'string' ? encodeUtf8(data) : data;
  withFile(path, O.WRONLY | O.CREAT | O.TRUNC, (fd) => writeAll(fd, bytes), mode);
}

/** Appends to a file, creating it if it is missing. */
export function appendFile(path: string, data: string, mode = 0o644): void {
  withFile(path, O.WRONLY | O.CREAT | O.APPEND, (fd) => writeAll(fd, encodeUtf8(data)), mode);
}

/**
 * Replaces a file so that, whenever the power goes, either the old or the new contents are there: written to a
 * temporary file beside it, fsync, rename, fsync of the directory.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o644): void {
  const temporary = `${path}.tmp`;
  const bytes = typeof data === 'string' ? encodeUtf8(data) : data;
  try {
    withFile(
      temporary,
      O.WRONLY | O.CREAT | O.TRUNC,
      (fd) => {
        call('fchmod', fd, mode);
        writeAll(fd, bytes);
        call('fsync', fd);
      },
      mode,
    );
    rename(temporary, path);
  } catch (error) {
    removeIfExists(temporary);
    throw error;
  }
  syncDirectory(directoryOf(path));
}

/** Makes the names in a directory durable. */
export function syncDirectory(path: string): void {
  withFile(path, O.RDONLY | oDirectory(), (fd) => call('fsync', fd));
}

/** Whether a path exists; a symbolic link does even if its target does not. */
export function exists(path: string): boolean {
  return lstatIfExists(path) !== undefined;
}

/** The names in a directory, sorted, without `.` and `..`. */
export function readDirectory(path: string): string[] {
  return withFile(path, O.RDONLY | oDirectory(), readDirectoryEntries).sort();
}

/** struct linux_dirent64 (getdents64(2)): inode, offset, record length, type, name. */
const DIRENT = { RECORD_LENGTH: 16, NAME: 19 } as const;

function readDirectoryEntries(fd: number): string[] {
  const names: string[] = [];
  const buffer = new Uint8Array(READ_SIZE);
  const view = new DataView(buffer.buffer);
  for (;;) {
    const count = call('getdents64', fd, buffer, buffer.length);
    if (count === 0) return names;
    for (let offset = 0; offset < count; ) {
      const end = offset + view.getUint16(offset + DIRENT.RECORD_LENGTH, true);
      const start = offset + DIRENT.NAME;
      const name = decodeUtf8(buffer.subarray(start, buffer.indexOf(0, start)));
      if (name !== '.' && name !== '..') names.push(name);
      offset = end;
    }
  }
}

/** Creates a directory; it must not exist yet. */
export function makeDirectory(path: string, mode = 0o755): void {
  callOnPath(path, 'mkdirat', AT_FDCWD, path, mode);
}

/** Creates a directory and those above it where they are missing. */
export function makeDirectories(path: string, mode = 0o755): void {
  const result = attempt('mkdirat', AT_FDCWD, path, mode);
  if (result === 0) return;
  try {
    callOnPath(path, 'mkdirat', AT_FDCWD, path, mode);
  } catch (error) {
    if (isErrno(error, 'ENOENT') && path !== directoryOf(path)) {
      makeDirectories(directoryOf(path));
      makeDirectories(path, mode);
    } else if (!isErrno(error, 'EEXIST') || !isDirectory(path)) {
      throw error;
    }
  }
}

/** Whether a path leads to a directory. */
export function isDirectory(path: string): boolean {
  const fd = attempt('openat', AT_FDCWD, path, O.PATH | O.CLOEXEC | oDirectory());
  if (fd < 0) return false;
  attempt('close', fd);
  return true;
}

/** Removes a file or link. */
export function removeFile(path: string): void {
  callOnPath(path, 'unlinkat', AT_FDCWD, path, 0);
}

/** Removes a file or link if it is there. */
export function removeIfExists(path: string): void {
  try {
    removeFile(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
}

/** Removes an empty directory. */
export function removeDirectory(path: string): void {
  callOnPath(path, 'unlinkat', AT_FDCWD, path, AT_REMOVEDIR);
}

/** Removes whatever is at the path, with all that is in it; links are not followed. Nothing there is fine. */
export function removeTree(path: string): void {
  const status = lstatIfExists(path);
  if (status === undefined) return;
  if (status.type !== 'directory') {
    removeIfExists(path);
    return;
  }
  for (const name of readDirectory(path)) removeTree(`${path}/${name}`);
  removeDirectory(path);
}

/** Renames, replacing what is at the target. */
export function rename(from: string, to: string): void {
  callOnPath(from, 'renameat2', AT_FDCWD, from, AT_FDCWD, to, 0);
}

/** Creates a symbolic link at `path`. */
export function makeLink(target: string, path: string): void {
  callOnPath(path, 'symlinkat', target, AT_FDCWD, path);
}

/** Creates a hard link at `path` to the file (or link) at `existing`. */
export function makeHardLink(existing: string, path: string): void {
  callOnPath(path, 'linkat', AT_FDCWD, existing, AT_FDCWD, path, 0);
}

/** Where a symbolic link points. */
export function readLink(path: string): string {
  const buffer = new Uint8Array(4096);
  const length = callOnPath(path, 'readlinkat', AT_FDCWD, path, buffer, buffer.length);
  return decodeUtf8(buffer.subarray(0, length));
}

/** Creates a device, fifo or socket node. `mode` includes the type bits. */
export function makeNode(path: string, mode: number, device: { major: number; minor: number }): void {
  const { major, minor } = device;
  const number = (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12);
  callOnPath(path, 'mknodat', AT_FDCWD, path, mode, number);
}

/** Sets permission bits; follows links. */
export function changeMode(path: string, mode: number): void {
  callOnPath(path, 'fchmodat', AT_FDCWD, path, mode);
}

/** Sets the owner; does not follow a final link. */
export function changeOwner(path: string, uid: number, gid: number): void {
  callOnPath(path, 'fchownat', AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

/** The directory part of a path: `/a` for `/a/b`, `/` for `/a`, `.` for `a`. */
export function directoryOf(path: string): string {
  const end = path.replace(/\/+$/, '').lastIndexOf('/');
  if (end < 0) return '.';
  return path.slice(0, end) || '/';
}
