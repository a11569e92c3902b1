/** The GUID partition table (UEFI specification, 5.3). */
import { decodeUtf8 } from '../linux/bytes.ts';
import { crc32 } from './crc32.ts';
import { grownProtective } from './mbr.ts';
import { alignedEnd, type PartitionGrowth, type SectorDisk, type SectorWrite } from './partition-table.ts';

const SIGNATURE = 'EFI PART';
/** Bytes from the start of a header. */
const HEADER = {
  SIZE: 12,
  CRC: 16,
  OWN: 24,
  OTHER: 32,
  FIRST_USABLE: 40,
  LAST_USABLE: 48,
  ENTRIES: 72,
  ENTRY_COUNT: 80,
  ENTRY_SIZE: 84,
  ENTRIES_CRC: 88,
} as const;
const SMALLEST_HEADER = 92;
const ENTRY = { TYPE: 0, TYPE_END: 16, FIRST: 32, LAST: 40 } as const;
/** Where the first header lies, and behind it the entries; so many bytes are kept for them at least. */
const PRIMARY = 1;
const ENTRIES_START = 2;
const ENTRIES_ROOM = 16_384;

interface Table {
  readonly header: DataView;
  readonly entries: DataView;
  readonly entrySize: number;
}

/**
 * How a partition comes to reach to the end of its disk; undefined if it does, or is not the last one.
 *
 * The power may go between any two writes, and the kernel looks at the second table only if it is told to. So the first
 * one changes by writes of one sector, its header: the new entries are written where nothing is, the header is made to
 * name them, and when they have been written to their own place too, to name that.
 * @throws an Error if the table is damaged, has no such partition, or leaves no room for that
 */
export function planGptGrowth(disk: SectorDisk, number: number): PartitionGrowth | undefined {
  const { header, entries, entrySize } = readTable(disk);
  const used = usedEntries(entries, entrySize);
  const entry = used.find((candidate) => candidate.number === number);
  if (entry === undefined) throw new Error(`there is no partition ${number}`);
  const room = Math.ceil(Math.max(ENTRIES_ROOM, entries.byteLength) / disk.sectorSize);
  const end = disk.sectors - 1;
  const lastUsable = end - room - 1;
  const last = alignedEnd(lastUsable, disk.sectorSize);
  if (last <= entry.last || used.some((other) => other.last > entry.last)) return undefined;

  const [home, aside] = [ENTRIES_START, ENTRIES_START + room];
  const isAside = readNumber(header, HEADER.ENTRIES) === aside;
  const occupied = Math.min(...used.map(({ first }) => first));
  if ((!isAside && readNumber(header, HEADER.ENTRIES) !== home) || occupied < aside + room) {
    throw new Error('no room between the partition table and the first partition to change it safely');
  }

  entries.setBigUint64(entry.offset + ENTRY.LAST, BigInt(last), true);
  const list = padded(entries, room * disk.sectorSize);
  const headerAt = (own: number, other: number, entriesAt: number) =>
    newHeader(header, entries, disk.sectorSize, {
      [HEADER.OWN]: own,
      [HEADER.OTHER]: other,
      [HEADER.ENTRIES]: entriesAt,
      [HEADER.FIRST_USABLE]: Math.max(
        readNumber(header, HEADER.FIRST_USABLE),
        own === PRIMARY ? entriesAt + room : 0,
      ),
      [HEADER.LAST_USABLE]: lastUsable,
    });
  const writes: SectorWrite[] = [
    { sector: end - room, bytes: list },
    { sector: end, bytes: headerAt(end, PRIMARY, end - room) },
  ];
  for (const place of isAside ? [home] : [aside, home]) {
    writes.push({ sector: place, bytes: list });
    writes.push({ sector: PRIMARY, bytes: headerAt(PRIMARY, end, place) });
  }
  const protective = grownProtective(disk.read(0, 1), disk.sectors);
  if (protective !== undefined) writes.push({ sector: 0, bytes: protective });
  return { first: entry.first, count: last + 1 - entry.first, writes };
}

function readTable(disk: SectorDisk): Table {
  const sector = disk.read(PRIMARY, 1).slice();
  const header = new DataView(sector.buffer);
  const size = header.getUint32(HEADER.SIZE, true);
  const isHeader =
    decodeUtf8(sector.subarray(0, SIGNATURE.length)) === SIGNATURE &&
    size >= SMALLEST_HEADER &&
    size <= sector.length &&
    readNumber(header, HEADER.OWN) === PRIMARY &&
    headerCrc(sector, size) === header.getUint32(HEADER.CRC, true);
  if (!isHeader) throw new Error('the header of the partition table is damaged');
  const entrySize = header.getUint32(HEADER.ENTRY_SIZE, true);
  const length = entrySize * header.getUint32(HEADER.ENTRY_COUNT, true);
  const sectors = Math.ceil(length / disk.sectorSize);
  const entries = disk.read(readNumber(header, HEADER.ENTRIES), sectors).slice(0, length);
  if (crc32(entries) !== header.getUint32(HEADER.ENTRIES_CRC, true)) {
    throw new Error('the entries of the partition table are damaged');
  }
  return { header, entries: new DataView(entries.buffer), entrySize };
}

function usedEntries(
  entries: DataView,
  size: number,
): { number: number; offset: number; first: number; last: number }[] {
  return Array.from({ length: entries.byteLength / size }, (_, index) => index * size).flatMap((offset) => {
    const type = new Uint8Array(entries.buffer, offset + ENTRY.TYPE, ENTRY.TYPE_END);
    if (type.every((byte) => byte === 0)) return [];
    const [first, last] = [
      readNumber(entries, offset + ENTRY.FIRST),
      readNumber(entries, offset + ENTRY.LAST),
    ];
    return [{ number: offset / size + 1, offset, first, last }];
  });
}

function newHeader(
  header: DataView,
  entries: DataView,
  sectorSize: number,
  fields: Readonly<Record<number, number>>,
): Uint8Array {
  const bytes = new Uint8Array(header.buffer.slice(0)).subarray(0, sectorSize);
  const view = new DataView(bytes.buffer);
  for (const [offset, value] of Object.entries(fields)) {
    view.setBigUint64(Number(offset), BigInt(value), true);
  }
  view.setUint32(HEADER.ENTRIES_CRC, crc32(new Uint8Array(entries.buffer)), true);
  view.setUint32(HEADER.CRC, headerCrc(bytes, view.getUint32(HEADER.SIZE, true)), true);
  return bytes;
}

/** It is computed with its own field zero. */
function headerCrc(sector: Uint8Array, size: number): number {
  const header = sector.slice(0, size);
  header.fill(0, HEADER.CRC, HEADER.CRC + 4);
  return crc32(header);
}

function padded(view: DataView, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(new Uint8Array(view.buffer));
  return bytes;
}

function readNumber(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}
