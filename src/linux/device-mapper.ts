/** Block devices that the kernel makes of parts of others: linux/dm-ioctl.h, Documentation/admin-guide/device-mapper. */
import { encodeUtf8 } from './bytes.ts';
import { directoryOf, makeDirectories, makeLink, removeIfExists } from './file.ts';
import { O, withFile } from './file-descriptor.ts';
import { KernelModules } from './module.ts';
import { callOnPath } from './syscall.ts';

const CONTROL = '/dev/mapper/control';

/** `_IOWR(0xfd, number, struct dm_ioctl)` */
const COMMAND = { CREATE: 0xc138fd03, REMOVE: 0xc138fd04, SUSPEND: 0xc138fd06, LOAD: 0xc138fd09 } as const;
const VERSION = [4, 0, 0] as const;
/** struct dm_ioctl */
const HEADER = {
  SIZE: 312,
  DATA_SIZE: 12,
  DATA_START: 16,
  TARGETS: 20,
  FLAGS: 28,
  DEVICE: 40,
  NAME: 48,
  UUID: 176,
};
const NAME_LENGTH = 127;
const FLAG = { READ_ONLY: 1, SECURE_DATA: 1 << 15 } as const;
/** struct dm_target_spec, with the parameters as text behind it. */
const TARGET = { SIZE: 40, START: 0, LENGTH: 8, NEXT: 20, TYPE: 24 } as const;

/** A stretch of a mapped device; all numbers in sectors of 512 bytes. */
export interface MappingTarget {
  readonly start: number;
  readonly length: number;
  /** Such as `linear`. */
  readonly type: string;
  readonly parameters: string;
}

export interface Mapping {
  /** The device becomes `/dev/mapper/NAME`. */
  readonly name: string;
  /** By which the tools of its kind know it again, such as `CRYPT-LUKS2-…`. */
  readonly uuid: string;
  readonly targets: readonly MappingTarget[];
  readonly isReadOnly: boolean;
  /** More names of the device, paths in /dev. */
  readonly links: readonly string[];
}

/**
 * Makes a mapped device.
 * @returns its path
 * @throws SyscallError, Error if the kernel lacks a module
 */
export function createMapping({ name, uuid, targets, isReadOnly, links }: Mapping): string {
  new KernelModules().load('dm-mod');
  const path = `/dev/mapper/${name}`;
  const number = withFile(CONTROL, O.RDWR, (control) => {
    const command = (request: number, flags = 0, data: Uint8Array = new Uint8Array()): number => {
      const argument = ioctlArgument(
        name,
        request === COMMAND.CREATE ? uuid : '',
        flags,
        targets.length,
        data,
      );
      callOnPath(path, 'ioctl', control, request, argument);
      return minorOf(new DataView(argument.buffer).getBigUint64(HEADER.DEVICE, true));
    };
    const minor = command(COMMAND.CREATE);
    try {
      // The table may hold a key, of which the kernel is not to keep a copy.
      const flags = FLAG.SECURE_DATA | (isReadOnly ? FLAG.READ_ONLY : 0);
      command(COMMAND.LOAD, flags, encodeTargets(targets));
      // Without a flag that asks for it, it is not suspended but resumed.
      command(COMMAND.SUSPEND);
    } catch (error) {
      command(COMMAND.REMOVE);
      throw error;
    }
    return minor;
  });
  for (const link of [path, ...links]) {
    makeDirectories(directoryOf(link));
    removeIfExists(link);
    makeLink(`/dev/dm-${number}`, link);
  }
  return path;
}

function ioctlArgument(
  name: string,
  uuid: string,
  flags: number,
  count: number,
  data: Uint8Array,
): Uint8Array {
  const argument = new Uint8Array(HEADER.SIZE + data.length);
  const view = new DataView(argument.buffer);
  for (const [index, part] of VERSION.entries()) view.setUint32(4 * index, part, true);
  view.setUint32(HEADER.DATA_SIZE, argument.length, true);
  view.setUint32(HEADER.DATA_START, HEADER.SIZE, true);
  view.setUint32(HEADER.TARGETS, data.length === 0 ? 0 : count, true);
  view.setUint32(HEADER.FLAGS, flags, true);
  argument.set(encodeUtf8(name).subarray(0, NAME_LENGTH), HEADER.NAME);
  argument.set(encodeUtf8(uuid).subarray(0, NAME_LENGTH), HEADER.UUID);
  argument.set(data, HEADER.SIZE);
  return argument;
}

function encodeTargets(targets: readonly MappingTarget[]): Uint8Array {
  const parameters = targets.map((target) => encodeUtf8(target.parameters));
  // Text ends with a zero byte, and the next target lies at a multiple of eight.
  const sizes = parameters.map(({ length }) => TARGET.SIZE + Math.ceil((length + 1) / 8) * 8);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [index, { start, length, type }] of targets.entries()) {
    view.setBigUint64(at + TARGET.START, BigInt(start), true);
    view.setBigUint64(at + TARGET.LENGTH, BigInt(length), true);
    view.setUint32(at + TARGET.NEXT, sizes[index] ?? 0, true);
    bytes.set(encodeUtf8(type), at + TARGET.TYPE);
    bytes.set(parameters[index] ?? new Uint8Array(), at + TARGET.SIZE);
    at += sizes[index] ?? 0;
  }
  return bytes;
}

/** As linux/kdev_t.h packs it: the low byte, twelve bits of the major number, the rest. */
function minorOf(device: bigint): number {
  return Number((device & 0xffn) | ((device >> 12n) & 0xfff00n));
}
