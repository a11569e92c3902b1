/** Growing a partition that is in use: its entry in the table, and the kernel's notion of it (BLKPG of linux/blkpg.h). */
import { errorMessage } from '../linux/error-report.ts';
import { readLink, readText, readTextIfExists } from '../linux/file.ts';
import { O, withFile } from '../linux/file-descriptor.ts';
import { callOnPath } from '../linux/syscall.ts';
import { deviceFolder, readAt, SECTOR } from './block-device.ts';
import { planGptGrowth } from './gpt.ts';
import { isProtective, planMbrGrowth } from './mbr.ts';
import type { SectorDisk, SectorWrite } from './partition-table.ts';

const CLASS = '/sys/class/block';
const BLKPG = 0x1269;
const RESIZE_PARTITION = 3;
/** struct blkpg_ioctl_arg and struct blkpg_partition on machines of 64 bits. */
const ARGUMENT = { SIZE: 24, OPERATION: 0, LENGTH: 8, DATA: 16 } as const;
const PARTITION = { SIZE: 152, START: 0, LENGTH: 8, NUMBER: 16 } as const;

/**
 * Lets a partition reach to the end of its disk, if it is the last one there.
 * @param device such as `/dev/vda2`; what is no partition is left alone
 * @returns whether it has grown
 * @throws an Error that names the disk if its table is not fit for that, SyscallError
 */
export function growPartition(device: string): boolean {
  const folder = deviceFolder(device);
  const number = Number(readTextIfExists(`${folder}/partition`));
  if (!number) return false;
  // …/block/vda/vda2
  const name = readLink(folder).split('/').at(-2) ?? '';
  const path = `/dev/${name}`;
  const disk: SectorDisk = {
    sectorSize: readNumber(`${CLASS}/${name}/queue/logical_block_size`),
    sectors:
      (readNumber(`${CLASS}/${name}/size`) * SECTOR) /
      readNumber(`${CLASS}/${name}/queue/logical_block_size`),
    read: (sector, count) => readAt(path, sector * disk.sectorSize, count * disk.sectorSize),
  };
  try {
    const plan = isProtective(disk.read(0, 1)) ? planGptGrowth : planMbrGrowth;
    const growth = plan(disk, number);
    if (growth === undefined) return false;
    if (growth.first * disk.sectorSize !== readNumber(`${folder}/start`) * SECTOR) {
      throw new Error(`partition ${number} in the table is not the one that the kernel knows`);
    }
    withFile(path, O.RDWR, (fd) => {
      for (const write of growth.writes) writeThrough(path, fd, disk.sectorSize, write);
      resize(path, fd, number, growth.first * disk.sectorSize, growth.count * disk.sectorSize);
    });
    return true;
  } catch (error) {
    throw new Error(`${path}: ${errorMessage(error)}`, { cause: error });
  }
}

function writeThrough(path: string, fd: number, sectorSize: number, { sector, bytes }: SectorWrite): void {
  for (let done = 0; done < bytes.length; ) {
    const rest = bytes.subarray(done);
    done += callOnPath(path, 'pwrite64', fd, rest, rest.length, sector * sectorSize + done);
  }
  callOnPath(path, 'fsync', fd);
}

/** @param start and length in bytes */
function resize(path: string, fd: number, number: number, start: number, length: number): void {
  const partition = new Uint8Array(PARTITION.SIZE);
  const description = new DataView(partition.buffer);
  description.setBigInt64(PARTITION.START, BigInt(start), true);
  description.setBigInt64(PARTITION.LENGTH, BigInt(length), true);
  description.setInt32(PARTITION.NUMBER, number, true);
  const argument = new DataView(new ArrayBuffer(ARGUMENT.SIZE));
  argument.setInt32(ARGUMENT.OPERATION, RESIZE_PARTITION, true);
  argument.setInt32(ARGUMENT.LENGTH, PARTITION.SIZE, true);
  argument.setBigUint64(ARGUMENT.DATA, BigInt(host.address(partition)), true);
  callOnPath(path, 'ioctl', fd, BLKPG, argument.buffer);
}

function readNumber(path: string): number {
  return Number(readText(path));
}
