/** Extended attributes (xattr(7)) of files and links, without following links. */
import { decodeUtf8 } from './bytes.ts';
import { isErrno } from './errno.ts';
import { callOnPath } from './syscall.ts';

const MAXIMUM_LIST = 64 * 1024;
const MAXIMUM_VALUE = 64 * 1024;

/** The names of a file's attributes; none if the filesystem has no attributes. */
export function listAttributes(path: string): string[] {
  const buffer = new Uint8Array(MAXIMUM_LIST);
  try {
    const length = callOnPath(path, 'llistxattr', path, buffer, buffer.length);
    return decodeUtf8(buffer.subarray(0, length)).split('\0').slice(0, -1);
  } catch (error) {
    if (isErrno(error, 'EOPNOTSUPP')) return [];
    throw error;
  }
}

/** An attribute's value, or undefined if the file does not have it. */
export function getAttribute(path: string, name: string): Uint8Array | undefined {
  const buffer = new Uint8Array(MAXIMUM_VALUE);
  try {
    return buffer.slice(0, callOnPath(path, 'lgetxattr', path, name, buffer, buffer.length));
  } catch (error) {
    if (isErrno(error, 'ENODATA', 'EOPNOTSUPP')) return undefined;
    throw error;
  }
}

/** Creates or replaces an attribute. */
export function setAttribute(path: string, name: string, value: Uint8Array): void {
  callOnPath(path, 'lsetxattr', path, name, value, value.length, 0);
}
