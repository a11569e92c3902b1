/** What kind of filesystem a volume holds and how it is called, read from its first bytes. */
import { decodeUtf8 } from '../linux/bytes.ts';

export interface Volume {
  /** The name by which the kernel mounts it. */
  readonly type: 'iso9660' | 'vfat' | 'ext4';
  readonly label: string;
}

/** How much of a volume is looked at: up to the end of ISO 9660's first volume descriptor. */
export const VOLUME_BEGINNING = 34 * 1024;

/** ECMA-119, 8.4: the primary volume descriptor is sector 16; identifiers of 5 and 32 bytes. */
const ISO = { DESCRIPTOR: 32768, MAGIC: 1, LABEL: 40, LABEL_LENGTH: 32 } as const;
/** Microsoft's FAT specification, section 3: signature, and name of the kind and label of both boot sectors. */
const FAT = { SIGNATURE: 510, LABEL_LENGTH: 11 } as const;
const FAT_KINDS = [
  { name: 'FAT1', nameAt: 54, labelAt: 43 },
  { name: 'FAT32', nameAt: 82, labelAt: 71 },
] as const;
/** struct ext4_super_block, which begins behind the first KiB. */
const EXT = { MAGIC: 1024 + 0x38, LABEL: 1024 + 0x78, LABEL_LENGTH: 16 } as const;

/** Undefined if it is none of these. Blanks at the end of a label do not count. */
export function readVolume(beginning: Uint8Array): Volume | undefined {
  const text = (offset: number, length: number) => {
    const bytes = beginning.subarray(offset, offset + length);
    const end = bytes.indexOf(0);
    return decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end)).trimEnd();
  };
  const word = (offset: number) => (beginning[offset] ?? 0) | ((beginning[offset + 1] ?? 0) << 8);
  if (text(ISO.DESCRIPTOR + ISO.MAGIC, 5) === 'CD001')
    return { type: 'iso9660', label: text(ISO.DESCRIPTOR + ISO.LABEL, ISO.LABEL_LENGTH) };
  if (word(EXT.MAGIC) === 0xef53) return { type: 'ext4', label: text(EXT.LABEL, EXT.LABEL_LENGTH) };
  if (word(FAT.SIGNATURE) !== 0xaa55) return undefined;
  const kind = FAT_KINDS.find(({ name, nameAt }) => text(nameAt, name.length) === name);
  return kind && { type: 'vfat', label: text(kind.labelAt, FAT.LABEL_LENGTH) };
}
