/**
 * What a physical volume of LVM says: the label in one of its first sectors, and the areas with metadata that it names
 * (lvm2: lib/label/label.h, lib/format_text/layout.h). Numbers are little-endian.
 */
import { concatBytes, decodeUtf8 } from '../linux/bytes.ts';
import type { ReadBytes } from './block-device.ts';
import { crc32Remainder } from './crc32.ts';

const SECTOR = 512;
const LABEL_SECTORS = 4;
const LABEL = { SECTOR: 8, CHECKSUM: 16, CHECKED: 20, HEADER: 20, TYPE: 24 } as const;
const UUID_LENGTH = 32;
/** From the start of the header of the physical volume: behind its UUID and its size come two lists of stretches. */
const LISTS = 40;
const STRETCH = { OFFSET: 0, LENGTH: 8, SIZE: 16 } as const;
/** The header of an area, in which the place of the current text is the first of a list. */
const AREA = { SIZE: 512, CHECKED: 4, MAGIC: 4, VERSION: 20, START: 24, TEXT: 40 } as const;
const AREA_MAGIC = ' LVM2 x[5A%r0N*>';
const TEXT = { OFFSET: 0, LENGTH: 8, CHECKSUM: 16, FLAGS: 20 } as const;
const IGNORED = 1;
const FIRST_REMAINDER = 0xf597a6cf;
/** More than any metadata; a number that is larger is nonsense. */
const MAX_TEXT = 64 * 1024 * 1024;

export interface PhysicalVolume {
  /** Without hyphens. */
  readonly uuid: string;
  /** The texts about its volume group, of which some may be old. There are none if only other volumes have them. */
  readonly texts: readonly string[];
}

/** @returns undefined if the device is none, or if what it says is not whole */
export function readPhysicalVolume(read: ReadBytes): PhysicalVolume | undefined {
  const start = read(0, LABEL_SECTORS * SECTOR);
  for (let sector = 0; (sector + 1) * SECTOR <= start.length; sector++) {
    const bytes = start.subarray(sector * SECTOR, (sector + 1) * SECTOR);
    if (isLabel(bytes, sector)) return parseHeader(bytes, read);
  }
  return undefined;
}

function isLabel(bytes: Uint8Array, sector: number): boolean {
  const view = viewOf(bytes);
  return (
    decodeUtf8(bytes.subarray(0, 8)) === 'LABELONE' &&
    decodeUtf8(bytes.subarray(LABEL.TYPE, LABEL.TYPE + 8)) === 'LVM2 001' &&
    view.getBigUint64(LABEL.SECTOR, true) === BigInt(sector) &&
    view.getUint32(LABEL.CHECKSUM, true) === checksum(bytes.subarray(LABEL.CHECKED))
  );
}

function parseHeader(label: Uint8Array, read: ReadBytes): PhysicalVolume | undefined {
  const header = label.subarray(viewOf(label).getUint32(LABEL.HEADER, true));
  if (header.length < LISTS) return undefined;
  const data = readStretches(header.subarray(LISTS));
  const areas = readStretches(header.subarray(LISTS + (data.length + 1) * STRETCH.SIZE));
  return {
    uuid: decodeUtf8(header.subarray(0, UUID_LENGTH)),
    texts: areas.flatMap(({ offset, length }) => readText(read, offset, length) ?? []),
  };
}

/** Up to one that is all zeros. */
function readStretches(bytes: Uint8Array): { offset: number; length: number }[] {
  const view = viewOf(bytes);
  const stretches = [];
  for (let at = 0; at + STRETCH.SIZE <= bytes.length; at += STRETCH.SIZE) {
    const offset = Number(view.getBigUint64(at + STRETCH.OFFSET, true));
    if (offset === 0) break;
    stretches.push({ offset, length: Number(view.getBigUint64(at + STRETCH.LENGTH, true)) });
  }
  return stretches;
}

function readText(read: ReadBytes, areaOffset: number, areaLength: number): string | undefined {
  const area = read(areaOffset, AREA.SIZE);
  if (area.length < AREA.SIZE) return undefined;
  const view = viewOf(area);
  const isWhole =
    view.getUint32(0, true) === checksum(area.subarray(AREA.CHECKED)) &&
    decodeUtf8(area.subarray(AREA.MAGIC, AREA.VERSION)) === AREA_MAGIC &&
    view.getUint32(AREA.VERSION, true) === 1 &&
    Number(view.getBigUint64(AREA.START, true)) === areaOffset;
  const offset = Number(view.getBigUint64(AREA.TEXT + TEXT.OFFSET, true));
  const length = Number(view.getBigUint64(AREA.TEXT + TEXT.LENGTH, true));
  const isIgnored = (view.getUint32(AREA.TEXT + TEXT.FLAGS, true) & IGNORED) !== 0;
  if (!isWhole || isIgnored || offset === 0 || length > Math.min(MAX_TEXT, areaLength)) return undefined;
  // The area is a ring: a text that reaches its end goes on behind the header.
  const untilEnd = Math.min(length, areaLength - offset);
  const text = concatBytes([
    read(areaOffset + offset, untilEnd),
    ...(length > untilEnd ? [read(areaOffset + AREA.SIZE, length - untilEnd)] : []),
  ]);
  if (view.getUint32(AREA.TEXT + TEXT.CHECKSUM, true) !== checksum(text)) return undefined;
  return decodeUtf8(text).replace(/\0.*$/s, '');
}

function checksum(bytes: Uint8Array): number {
  return crc32Remainder(bytes, FIRST_REMAINDER);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
