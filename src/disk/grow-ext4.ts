/** Growing an ext4 filesystem while it is mounted: EXT4_IOC_RESIZE_FS of the kernel (include/uapi/linux/ext4.h). */
import { O, withFile } from '../linux/file-descriptor.ts';
import { callOnPath } from '../linux/syscall.ts';
import { deviceSize, readStart } from './block-device.ts';

const RESIZE = 0x40086610;
/** Documentation/filesystems/ext4/super.rst, from the start of the device. */
const SUPERBLOCK = {
  START: 1024,
  BLOCKS: 0x4,
  BLOCK_SIZE: 0x18,
  INCOMPATIBLE: 0x60,
  BLOCKS_HIGH: 0x150,
} as const;
const HAS_64_BIT = 0x80;
const SUPERBLOCK_END = 2048;

export interface Ext4Size {
  readonly blocks: number;
  /** In bytes. */
  readonly blockSize: number;
}

/** @param start the first 2 KiB of the device */
export function readExt4Size(start: Uint8Array): Ext4Size {
  const view = new DataView(start.buffer, start.byteOffset + SUPERBLOCK.START);
  const has64 = (view.getUint32(SUPERBLOCK.INCOMPATIBLE, true) & HAS_64_BIT) !== 0;
  const high = has64 ? view.getUint32(SUPERBLOCK.BLOCKS_HIGH, true) : 0;
  return {
    blocks: high * 2 ** 32 + view.getUint32(SUPERBLOCK.BLOCKS, true),
    blockSize: 1024 << view.getUint32(SUPERBLOCK.BLOCK_SIZE, true),
  };
}

export interface MountedExt4 {
  /** Such as `/dev/vda2`. */
  readonly device: string;
  readonly target: string;
}

/**
 * Lets a filesystem fill its device.
 * @returns its size in bytes if it has grown
 * @throws SyscallError
 */
export function growExt4({ device, target }: MountedExt4): number | undefined {
  const { blocks, blockSize } = readExt4Size(readStart(device, SUPERBLOCK_END));
  const wanted = Math.floor(deviceSize(device) / blockSize);
  if (wanted <= blocks) return undefined;
  withFile(target, O.RDONLY, (fd) => {
    callOnPath(target, 'ioctl', fd, RESIZE, new BigUint64Array([BigInt(wanted)]).buffer);
  });
  return wanted * blockSize;
}

/** The first mount in /proc/mounts (proc_pid_mounts(5)) of a disk or of a partition of it. */
export function mountedExt4(disk: string, mounts: string): MountedExt4 | undefined {
  for (const line of mounts.split('\n')) {
    const [device = '', target = '', type] = line.split(' ');
    const isOnDisk =
      device === disk || (device.startsWith(disk) && /^p?\d+$/.test(device.slice(disk.length)));
    if (type === 'ext4' && isOnDisk) return { device, target };
  }
  return undefined;
}
