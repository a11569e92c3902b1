/** File status by statx(2), whose structure is the same on every architecture. */
import { errnoNumber } from './errno.ts';
import { AT_FDCWD } from './file-descriptor.ts';
import { attempt, callOnPath, checked } from './syscall.ts';

export type FileType = 'file' | 'directory' | 'link' | 'character' | 'block' | 'fifo' | 'socket';

export interface FileStatus {
  readonly type: FileType;
  /** Permission bits, set-id and sticky bits included. */
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly inode: bigint;
  /** Bytes. */
  readonly size: number;
  /** 512-byte blocks in use. */
  readonly blocks: number;
  /** Modification time, seconds and nanoseconds since 1970. */
  readonly modified: { readonly seconds: number; readonly nanoseconds: number };
  /** When contents or status last changed, which nobody can set. */
  readonly changed: { readonly seconds: number; readonly nanoseconds: number };
  /** The device it lies on. */
  readonly device: { readonly major: number; readonly minor: number };
  /** The device it is, if it is one. */
  readonly node: { readonly major: number; readonly minor: number };
}

/** Type bits of `st_mode` (inode(7)). */
export const MODE_TYPE = {
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  link: 0o120000,
  socket: 0o140000,
} as const satisfies Record<FileType, number>;

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const STATX_SIZE = 256;

/** Status of what a path leads to. */
export function stat(path: string): FileStatus {
  return statx(AT_FDCWD, path, 0);
}

/** The same, or undefined if there is nothing. */
export function statIfExists(path: string): FileStatus | undefined {
  return statxIfExists(path, 0);
}

/** Status of a path itself, without following a final link. */
export function lstat(path: string): FileStatus {
  return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
}

/** The same, or undefined if there is nothing. */
export function lstatIfExists(path: string): FileStatus | undefined {
  return statxIfExists(path, AT_SYMLINK_NOFOLLOW);
}

/** Status of an open file. */
export function fstat(fd: number): FileStatus {
  return statx(fd, '', AT_EMPTY_PATH);
}

function statx(directory: number, path: string, flags: number): FileStatus {
  const buffer = new Uint8Array(STATX_SIZE);
  callOnPath(path, 'statx', directory, path, flags, STATX_BASIC_STATS, buffer);
  return parseStatx(buffer);
}

function statxIfExists(path: string, flags: number): FileStatus | undefined {
  const buffer = new Uint8Array(STATX_SIZE);
  // No exception for what is no error: those take their time.
  const result = attempt('statx', AT_FDCWD, path, flags, STATX_BASIC_STATS, buffer);
  if (result === -errnoNumber('ENOENT') || result === -errnoNumber('ENOTDIR')) return undefined;
  checked(result, 'statx', path);
  return parseStatx(buffer);
}

/** struct statx (statx(2)). */
function parseStatx(buffer: Uint8Array<ArrayBuffer>): FileStatus {
  const view = new DataView(buffer.buffer);
  const mode = view.getUint16(28, true);
  return {
    type: fileType(mode),
    mode: mode & 0o7777,
    links: view.getUint32(16, true),
    uid: view.getUint32(20, true),
    gid: view.getUint32(24, true),
    inode: view.getBigUint64(32, true),
    size: Number(view.getBigUint64(40, true)),
    blocks: Number(view.getBigUint64(48, true)),
    modified: { seconds: Number(view.getBigInt64(112, true)), nanoseconds: view.getUint32(120, true) },
    changed: { seconds: Number(view.getBigInt64(96, true)), nanoseconds: view.getUint32(104, true) },
    node: { major: view.getUint32(128, true), minor: view.getUint32(132, true) },
    device: { major: view.getUint32(136, true), minor: view.getUint32(140, true) },
  };
}

function fileType(mode: number): FileType {
  const bits = mode & 0o170000;
  for (const [type, value] of Object.entries(MODE_TYPE)) {
    if (value === bits) return type as FileType;
  }
  return 'file';
}
