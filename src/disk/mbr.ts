/** The partition table of a PC's master boot record (UEFI specification, 5.2.1). */
import { alignedEnd, type PartitionGrowth, type SectorDisk } from './partition-table.ts';

const MAGIC = { OFFSET: 510, VALUE: 0xaa55 } as const;
const ENTRIES = { OFFSET: 446, SIZE: 16, COUNT: 4 } as const;
const ENTRY = { TYPE: 4, LAST_CHS: 5, FIRST: 8, COUNT: 12 } as const;
/** Stands for a last sector that cylinder, head and sector cannot say. */
const BEYOND_CHS = [0xfe, 0xff, 0xff] as const;
/** A partition that holds others. */
const EXTENDED: readonly number[] = [0x05, 0x0f, 0x85];
const PROTECTIVE = 0xee;
const LARGEST = 0xffffffff;

interface Entry {
  /** From the start of the sector. */
  readonly offset: number;
  readonly type: number;
  readonly first: number;
  readonly count: number;
}

/** Whether this is the first sector of a disk with a GUID partition table, which must not be taken for a plain one. */
export function isProtective(sector: Uint8Array): boolean {
  return entriesOf(sector).some(({ type }) => type === PROTECTIVE);
}

/**
 * How a primary partition comes to reach to the end of its disk; undefined if it does, or is not the last one.
 * @throws an Error if there is no such table, or no such partition in it that could grow
 */
export function planMbrGrowth(disk: SectorDisk, number: number): PartitionGrowth | undefined {
  const sector = disk.read(0, 1);
  const entries = entriesOf(sector);
  const entry = entries[number - 1];
  if (entry === undefined || entry.count === 0 || EXTENDED.includes(entry.type)) {
    throw new Error(`partition ${number} is no primary one, and only these grow`);
  }
  if (entries.some(({ first, count }) => count > 0 && first > entry.first)) return undefined;
  const limit = Math.min(disk.sectors - 1, entry.first + LARGEST - 1);
  const count = alignedEnd(limit, disk.sectorSize) + 1 - entry.first;
  if (count <= entry.count) return undefined;
  const bytes = sector.slice();
  bytes.set(BEYOND_CHS, entry.offset + ENTRY.LAST_CHS);
  new DataView(bytes.buffer).setUint32(entry.offset + ENTRY.COUNT, count, true);
  return { first: entry.first, count, writes: [{ sector: 0, bytes }] };
}

/** The first sector of a disk with a GUID partition table, made to cover a larger disk; undefined if it need not change. */
export function grownProtective(sector: Uint8Array, sectors: number): Uint8Array | undefined {
  const entry = entriesOf(sector).find(({ type, first }) => type === PROTECTIVE && first === 1);
  const count = Math.min(sectors - 1, LARGEST);
  if (entry === undefined || entry.count === count) return undefined;
  const bytes = sector.slice();
  new DataView(bytes.buffer).setUint32(entry.offset + ENTRY.COUNT, count, true);
  return bytes;
}

function entriesOf(sector: Uint8Array): Entry[] {
  const view = new DataView(sector.buffer, sector.byteOffset);
  if (view.getUint16(MAGIC.OFFSET, true) !== MAGIC.VALUE) throw new Error('there is no partition table');
  return Array.from({ length: ENTRIES.COUNT }, (_, index) => {
    const offset = ENTRIES.OFFSET + index * ENTRIES.SIZE;
    return {
      offset,
      type: view.getUint8(offset + ENTRY.TYPE),
      first: view.getUint32(offset + ENTRY.FIRST, true),
      count: view.getUint32(offset + ENTRY.COUNT, true),
    };
  });
}
