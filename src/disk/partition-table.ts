/** What the two kinds of partition tables have in common. */

/** A disk by its logical sectors. */
export interface SectorDisk {
  /** Bytes in a sector. */
  readonly sectorSize: number;
  readonly sectors: number;
  /** The bytes of `count` sectors. */
  read(sector: number, count: number): Uint8Array;
}

/** One write that must be on the disk before the next one begins. */
export interface SectorWrite {
  readonly sector: number;
  readonly bytes: Uint8Array;
}

/** How a partition grows. */
export interface PartitionGrowth {
  /** In sectors. */
  readonly first: number;
  readonly count: number;
  /** In this order. After each of them, also if the power goes, the table is whole: the old one or the new one. */
  readonly writes: readonly SectorWrite[];
}

/** Where partitions begin and end, in bytes, as today's tools have it. */
const ALIGNMENT = 1024 * 1024;

/**
 * The last sector that a partition should have.
 * @param limit the last one that it may have
 */
export function alignedEnd(limit: number, sectorSize: number): number {
  const step = ALIGNMENT / sectorSize;
  return Math.floor((limit + 1) / step) * step - 1;
}
