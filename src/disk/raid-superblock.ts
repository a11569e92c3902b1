/** What the members of software RAID arrays say of themselves: version 1 of the superblock (linux/raid/md_p.h, md(4)). */
import { decodeUtf8, toHex } from '../linux/bytes.ts';

const MAGIC = 0xa92b4efc;
/** Bytes from the start of the superblock. */
const FIELD = {
  MAJOR_VERSION: 4,
  FEATURES: 8,
  UUID: 16,
  NAME: 32,
  NAME_END: 64,
  LEVEL: 72,
  DISKS: 92,
  PLACE: 144,
  EVENTS: 200,
  ROLE_COUNT: 220,
  ROLES: 256,
} as const;
/** One of the features: the members are on their way to another layout. */
const RESHAPING = 4;
/** Roles from here on are no places in the array: journal, faulty, spare. */
const NO_PLACE = 0xfffd;
/** Superblocks end on such a boundary or before it. */
export const RAID_SUPERBLOCK_SIZE = 4096;

export interface RaidSuperblock {
  /** As the kernel's `metadata_version` has it: it says where the superblock lies. */
  readonly version: '1.0' | '1.1' | '1.2';
  readonly uuid: string;
  /** Such as `barn:0`: the machine that made it, and a name or number. */
  readonly name: string;
  readonly level: number;
  /** Whether its layout is being changed, which takes mdadm to go on with. */
  readonly isReshaping: boolean;
  /** How many members the array should have, and how many it had when this was written. */
  readonly disks: number;
  readonly activeDisks: number;
  /** The larger, the newer. */
  readonly events: bigint;
}

/**
 * Where a superblock may lie on a device, in bytes.
 * @param size of the device in bytes
 */
export function raidSuperblockPlaces(
  size: number,
): readonly (readonly [RaidSuperblock['version'], number])[] {
  const end = Math.floor((size - 8192) / 4096) * 4096;
  return [['1.1', 0], ['1.2', 4096], ...(end > 0 ? [['1.0', end] as const] : [])];
}

/**
 * @param bytes from the place on, RAID_SUPERBLOCK_SIZE or fewer
 * @param place where they lie on the device
 * @returns undefined if they are no such superblock
 */
export function parseRaidSuperblock(
  bytes: Uint8Array,
  version: RaidSuperblock['version'],
  place: number,
): RaidSuperblock | undefined {
  if (bytes.length < RAID_SUPERBLOCK_SIZE) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const isOne =
    view.getUint32(0, true) === MAGIC &&
    view.getUint32(FIELD.MAJOR_VERSION, true) === 1 &&
    // In sectors. Else the superblock of a whole disk would be taken for one of its last partition.
    Number(view.getBigUint64(FIELD.PLACE, true)) * 512 === place;
  if (!isOne) return undefined;
  const room = (RAID_SUPERBLOCK_SIZE - FIELD.ROLES) / 2;
  const count = Math.min(view.getUint32(FIELD.ROLE_COUNT, true), room);
  const roles = Array.from({ length: count }, (_, index) => view.getUint16(FIELD.ROLES + 2 * index, true));
  return {
    version,
    uuid: toHex(bytes.subarray(FIELD.UUID, FIELD.NAME)),
    name: decodeUtf8(bytes.subarray(FIELD.NAME, FIELD.NAME_END)).replace(/\0.*$/s, ''),
    level: view.getInt32(FIELD.LEVEL, true),
    isReshaping: (view.getUint32(FIELD.FEATURES, true) & RESHAPING) !== 0,
    disks: view.getUint32(FIELD.DISKS, true),
    activeDisks: roles.filter((role) => role < NO_PLACE).length,
    events: view.getBigUint64(FIELD.EVENTS, true),
  };
}
