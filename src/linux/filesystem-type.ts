/** The filesystem that a path lies on: statfs(2). */
import { callOnPath } from './syscall.ts';

const STATFS_SIZE = 120;

/** Numbers of linux/magic.h, as far as somebody here cares. */
export const FILESYSTEM = {
  btrfs: 0x9123683e,
  ext: 0xef53,
  f2fs: 0xf2f52010,
  overlay: 0x794c7630,
  ramfs: 0x858458f6,
  tmpfs: 0x01021994,
  xfs: 0x58465342,
} as const;

/** The number of the filesystem on which a path lies. */
export function filesystemType(path: string): number {
  return statusOf(path).getUint32(0, true);
}

/** How many bytes may still be written where a path lies. */
export function freeSpace(path: string): number {
  const status = statusOf(path);
  const [blockSize, available] = [8, 32].map((offset) => Number(status.getBigInt64(offset, true)));
  return (blockSize ?? 0) * (available ?? 0);
}

function statusOf(path: string): DataView {
  const buffer = new Uint8Array(STATFS_SIZE);
  callOnPath(path, 'statfs', path, buffer);
  return new DataView(buffer.buffer);
}
