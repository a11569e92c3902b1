/** The block devices of the machine, as sysfs lists them, and their first bytes. */
import { exists, readDirectory, readTextIfExists } from '../linux/file.ts';
import { O, withFile } from '../linux/file-descriptor.ts';
import { callOnPath } from '../linux/syscall.ts';
import { type Filesystem, identifyFilesystem, SUPERBLOCK_SIZE } from './filesystem.ts';
import {
  parseRaidSuperblock,
  RAID_SUPERBLOCK_SIZE,
  type RaidSuperblock,
  raidSuperblockPlaces,
} from './raid-superblock.ts';

const CLASS = '/sys/class/block';
/** The unit in which sysfs tells sizes and starts, whatever the device has; bytes. */
export const SECTOR = 512;
/** Made by software out of memory and files: never where somebody keeps something. */
const NO_DISK = /^(?:loop|ram|zram)\d/;

/** The name of a partition in its table (GPT), from the `uevent` file of the device. */
const PARTITION_NAME = /^PARTNAME=(.*)$/m;

export interface BlockDevice {
  /** Such as `/dev/vda1`. */
  readonly path: string;
  /** The name that a partition table gives it; empty without. */
  readonly partitionName: string;
}

/** Disks and partitions, sorted by name, but for those that another one is made of, such as the members of a RAID array. */
export function blockDevices(): BlockDevice[] {
  return readDirectory(CLASS)
    .filter((name) => !NO_DISK.test(name) && !isHeld(name))
    .map((name) => ({
      // In sysfs a slash in a name is written so.
      path: `/dev/${name.replaceAll('!', '/')}`,
      partitionName: PARTITION_NAME.exec(readTextIfExists(`${CLASS}/${name}/uevent`) ?? '')?.[1] ?? '',
    }));
}

/** Whether a device, or the disk that it is a partition of, is a part of another device. */
function isHeld(name: string): boolean {
  // The folder above that of a partition is its disk's.
  return ['holders', '../holders'].some((folder) => {
    const path = `${CLASS}/${name}/${folder}`;
    return exists(path) && readDirectory(path).length > 0;
  });
}

/** What a device says of the RAID array that it belongs to; undefined if it belongs to none, or cannot be read. */
export function raidSuperblockOn(path: string): RaidSuperblock | undefined {
  const sectors = Number(readTextIfExists(`${CLASS}/${path.replace(/^\/dev\//, '')}/size`) ?? 0);
  try {
    for (const [version, place] of raidSuperblockPlaces(sectors * SECTOR)) {
      const found = parseRaidSuperblock(readAt(path, place, RAID_SUPERBLOCK_SIZE), version, place);
      if (found !== undefined) return found;
    }
  } catch {
    // As said.
  }
  return undefined;
}

/**
 * What is on a device; undefined if it is nothing known, or if it cannot be read, as a drive without a disc. What is on a
 * member of a RAID array is the array's: one half of a mirror looks like a filesystem, and must not be written to alone.
 */
export function filesystemOn(path: string): Filesystem | undefined {
  if (raidSuperblockOn(path) !== undefined) return undefined;
  try {
    return identifyFilesystem(readStart(path, SUPERBLOCK_SIZE));
  } catch {
    return undefined;
  }
}

/** The first bytes of a device; fewer if it is smaller. Throws SyscallError. */
export function readStart(path: string, size: number): Uint8Array {
  return readAt(path, 0, size);
}

/** Bytes of a device from an offset on; fewer if it ends before. Throws SyscallError. */
export function readAt(path: string, offset: number, size: number): Uint8Array {
  return withFile(path, O.RDONLY, (fd) => {
    const bytes = new Uint8Array(size);
    let length = 0;
    while (length < size) {
      const rest = bytes.subarray(length);
      const count = callOnPath(path, 'pread64', fd, rest, rest.length, offset + length);
      if (count === 0) break;
      length += count;
    }
    return bytes.subarray(0, length);
  });
}
