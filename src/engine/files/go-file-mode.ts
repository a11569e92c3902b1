/** The number that Go's `os.FileMode` has for a file: clients of the archive routes read it. */
import type { FileStatus, FileType } from '../../linux/file-status.ts';

const TYPE_BITS: Readonly<Record<FileType, number>> = {
  file: 0,
  directory: 2 ** 31,
  link: 2 ** 27,
  block: 2 ** 26,
  fifo: 2 ** 25,
  socket: 2 ** 24,
  character: 2 ** 26 + 2 ** 21,
};
const SET_UID = 2 ** 23;
const SET_GID = 2 ** 22;
const STICKY = 2 ** 20;

/** Type, permission bits, and set-id and sticky bits, which Go has in other places than the kernel. */
export function goFileMode({ type, mode }: Pick<FileStatus, 'type' | 'mode'>): number {
  return (
    TYPE_BITS[type] +
    (mode & 0o4000 ? SET_UID : 0) +
    (mode & 0o2000 ? SET_GID : 0) +
    (mode & 0o1000 ? STICKY : 0) +
    (mode & 0o777)
  );
}
