/** The block devices of the machine, as sysfs lists them, and their first bytes. */
import { readDirectory, readTextIfExists } from '../linux/file.ts';
import { O, withFile } from '../linux/file-descriptor.ts';
import { callOnPath } from '../linux/syscall.ts';
import { type Filesystem, identifyFilesystem, SUPERBLOCK_SIZE } from './filesystem.ts';

const CLASS = '/sys/class/block';
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

/** Disks and partitions, sorted by name. */
export function blockDevices(): BlockDevice[] {
  return readDirectory(CLASS)
    .filter((name) => !NO_DISK.test(name))
    .map((name) => ({
      // In sysfs a slash in a name is written so.
      path: `/dev/${name.replaceAll('!', '/')}`,
      partitionName: PARTITION_NAME.exec(readTextIfExists(`${CLASS}/${name}/uevent`) ?? '')?.[1] ?? '',
    }));
}

/** What is on a device; undefined if it is nothing known, or if it cannot be read, as a drive without a disc. */
export function filesystemOn(path: string): Filesystem | undefined {
  try {
    return identifyFilesystem(readStart(path, SUPERBLOCK_SIZE));
  } catch {
    return undefined;
  }
}

/** The first bytes of a device; fewer if it is smaller. Throws SyscallError. */
export function readStart(path: string, size: number): Uint8Array {
  return withFile(path, O.RDONLY, (fd) => {
    const bytes = new Uint8Array(size);
    let length = 0;
    while (length < size) {
      const count = callOnPath(path, 'pread64', fd, bytes.subarray(length), size - length, length);
      if (count === 0) break;
      length += count;
    }
    return bytes.subarray(0, length);
  });
}
