/**
 * Tells what is on a device by its first bytes, as libblkid(3) does. The layouts are those of the kernel:
 * Documentation/filesystems/ext4, fs/fat/fat.h (msdos_fs.h), include/linux/swap.h, fs/xfs/libxfs/xfs_format.h,
 * include/uapi/linux/btrfs_tree.h, and ECMA-119 for ISO 9660.
 */
import { decodeUtf8 } from '../linux/bytes.ts';

export interface Filesystem {
  /** The name that mount(2) takes; `swap` is none. */
  readonly type: 'btrfs' | 'ext4' | 'iso9660' | 'swap' | 'vfat' | 'xfs';
  /** Empty if it has none. */
  readonly label: string;
  /** As `UUID=` is written: with hyphens, in small letters but for vfat. */
  readonly uuid: string;
  /** Whether it says of itself that it must be checked: it has seen errors, or has no journal and was not unmounted. */
  readonly needsCheck: boolean;
}

/** How many bytes of a device are needed. The superblock of btrfs lies farthest from the start. */
export const SUPERBLOCK_SIZE = 0x11000;

/** Offsets from the start of the device, and where there is a superblock, from it. */
const EXT = {
  START: 1024,
  MAGIC: 0x38,
  STATE: 0x3a,
  INCOMPATIBLE: 0x60,
  UUID: 0x68,
  LABEL: 0x78,
} as const;
const EXT_MAGIC = 0xef53;
const EXT_CLEAN = 1;
const EXT_ERRORS = 2;
const EXT_JOURNAL_DEVICE = 8;
const FAT = { MAGIC: 510, SERIAL: 0x27, LABEL: 0x2b, TYPE: 0x36 } as const;
const FAT32 = { SERIAL: 0x43, LABEL: 0x47, TYPE: 0x52 } as const;
const ISO = { START: 32768, MAGIC: 1, LABEL: 40, CREATED: 813, MODIFIED: 830 } as const;
const SWAP = { MAGIC: 4086, UUID: 1036, LABEL: 1052 } as const;
const XFS = { UUID: 32, LABEL: 108 } as const;
const BTRFS = { START: 0x10000, MAGIC: 0x40, UUID: 0x20, LABEL: 0x12b } as const;

/** @param start the first SUPERBLOCK_SIZE bytes of the device, or what there is of them */
export function identifyFilesystem(start: Uint8Array): Filesystem | undefined {
  const bytes = new Uint8Array(SUPERBLOCK_SIZE);
  bytes.set(start.subarray(0, SUPERBLOCK_SIZE));
  for (const identify of [ext, xfs, swap, btrfs, iso, fat]) {
    const found = identify(bytes, new DataView(bytes.buffer));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The ext4 driver mounts ext2 and ext3 as well. */
function ext(bytes: Uint8Array, view: DataView): Filesystem | undefined {
  const at = EXT.START;
  if (view.getUint16(at + EXT.MAGIC, true) !== EXT_MAGIC) return undefined;
  if (view.getUint32(at + EXT.INCOMPATIBLE, true) & EXT_JOURNAL_DEVICE) return undefined;
  const state = view.getUint16(at + EXT.STATE, true);
  return {
    type: 'ext4',
    label: text(bytes, at + EXT.LABEL, 16),
    uuid: uuid(bytes, at + EXT.UUID),
    needsCheck: (state & EXT_CLEAN) === 0 || (state & EXT_ERRORS) !== 0,
  };
}

function xfs(bytes: Uint8Array): Filesystem | undefined {
  if (text(bytes, 0, 4) !== 'XFSB') return undefined;
  return {
    type: 'xfs',
    label: text(bytes, XFS.LABEL, 12),
    uuid: uuid(bytes, XFS.UUID),
    needsCheck: false,
  };
}

/** On pages of 4 KiB, which both architectures have. */
function swap(bytes: Uint8Array): Filesystem | undefined {
  if (text(bytes, SWAP.MAGIC, 10) !== 'SWAPSPACE2') return undefined;
  return {
    type: 'swap',
    label: text(bytes, SWAP.LABEL, 16),
    uuid: uuid(bytes, SWAP.UUID),
    needsCheck: false,
  };
}

function btrfs(bytes: Uint8Array): Filesystem | undefined {
  const at = BTRFS.START;
  if (text(bytes, at + BTRFS.MAGIC, 8) !== '_BHRfS_M') return undefined;
  return {
    type: 'btrfs',
    label: text(bytes, at + BTRFS.LABEL, 256),
    uuid: uuid(bytes, at + BTRFS.UUID),
    needsCheck: false,
  };
}

/** What stands for a UUID is the time of the last change: sixteen digits. */
function iso(bytes: Uint8Array): Filesystem | undefined {
  const at = ISO.START;
  if (text(bytes, at + ISO.MAGIC, 5) !== 'CD001') return undefined;
  const digits = [ISO.MODIFIED, ISO.CREATED].map((offset) => text(bytes, at + offset, 16));
  const time = digits.find((candidate) => /^\d{16}$/.test(candidate) && /[1-9]/.test(candidate)) ?? '';
  return {
    type: 'iso9660',
    label: text(bytes, at + ISO.LABEL, 32),
    uuid: time.replace(/^(\d{4})(..)(..)(..)(..)(..)(..)$/, '$1-$2-$3-$4-$5-$6-$7'),
    needsCheck: false,
  };
}

/** Last of all, since the start of a partition table looks nearly like it. */
function fat(bytes: Uint8Array, view: DataView): Filesystem | undefined {
  if (view.getUint16(FAT.MAGIC, true) !== 0xaa55) return undefined;
  const layout =
    text(bytes, FAT32.TYPE, 8) === 'FAT32'
      ? FAT32
      : /^FAT1[26]$/.test(text(bytes, FAT.TYPE, 8))
        ? FAT
        : undefined;
  if (layout === undefined) return undefined;
  const label = text(bytes, layout.LABEL, 11);
  const serial = view.getUint32(layout.SERIAL, true).toString(16).padStart(8, '0').toUpperCase();
  return {
    type: 'vfat',
    label: label === 'NO NAME' ? '' : label,
    uuid: `${serial.slice(0, 4)}-${serial.slice(4)}`,
    needsCheck: false,
  };
}

/** Up to the first zero byte, without blanks at the end. */
function text(bytes: Uint8Array, offset: number, length: number): string {
  const field = bytes.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return decodeUtf8(end < 0 ? field : field.subarray(0, end)).trimEnd();
}

function uuid(bytes: Uint8Array, offset: number): string {
  const digits = [...bytes.subarray(offset, offset + 16)].map((byte) => byte.toString(16).padStart(2, '0'));
  return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
