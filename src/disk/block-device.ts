/** The block devices of the machine, as sysfs lists them, and their first bytes. */
import { exists, readDirectory, readLink, readText, readTextIfExists } from '../linux/file.ts';
import { O, withFile } from '../linux/file-descriptor.ts';
import { lstatIfExists } from '../linux/file-status.ts';
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

/** Reads bytes of a device from an offset on; fewer if it ends before. */
export type ReadBytes = (offset: number, size: number) => Uint8Array;

/** Disks and partitions, sorted by name, but for those that another one is made of, such as the members of a RAID array. */
export function blockDevices(): BlockDevice[] {
  return readDirectory(CLASS)
    .filter((name) => !NO_DISK.test(name) && !isHeld(name))
    .map((name) => ({
      path: pathOf(name),
      partitionName: PARTITION_NAME.exec(readTextIfExists(`${CLASS}/${name}/uevent`) ?? '')?.[1] ?? '',
    }));
}

/** In sysfs a slash in a name is written as an exclamation mark. A mapped device is called by what it was named. */
function pathOf(name: string): string {
  const mapped = readTextIfExists(`${CLASS}/${name}/dm/name`)?.trimEnd();
  const path = `/dev/mapper/${mapped}`;
  return mapped !== undefined && exists(path) ? path : `/dev/${name.replaceAll('!', '/')}`;
}

/** What the kernel says of a device is in files of this folder. The path may be a link to that of the device. */
export function deviceFolder(path: string): string {
  const target = lstatIfExists(path)?.type === 'link' ? readLink(path) : path;
  return `${CLASS}/${target.replace(/^\/dev\//, '').replaceAll('/', '!')}`;
}

/** In bytes; 0 for what is no device. */
export function deviceSize(path: string): number {
  return Number(readTextIfExists(`${deviceFolder(path)}/size`) ?? 0) * SECTOR;
}

/** Such as `254:1`. */
export function deviceNumber(path: string): string {
  return readText(`${deviceFolder(path)}/dev`).trimEnd();
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
  try {
    for (const [version, place] of raidSuperblockPlaces(deviceSize(path))) {
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
