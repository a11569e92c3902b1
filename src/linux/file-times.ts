/** Setting the times of files: utimensat(2). */
import { AT_FDCWD } from './file-descriptor.ts';
import { callOnPath } from './syscall.ts';

const AT_SYMLINK_NOFOLLOW = 0x100;

/** Seconds since 1970 (negative before) and nanoseconds after that. */
export interface FileTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Sets the times of modification and of last access; a final link gets them itself. */
export function setModificationTime(path: string, { seconds, nanoseconds }: FileTime): void {
  const time = [BigInt(seconds), BigInt(nanoseconds)] as const;
  const times = new Uint8Array(new BigInt64Array([...time, ...time]).buffer);
  callOnPath(path, 'utimensat', AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}
