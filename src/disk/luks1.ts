/** The header of version 1: LUKS On-Disk Format Specification 1.2.3, figure 1. Numbers are big-endian. */
import { decodeUtf8, toHex } from '../linux/bytes.ts';
import type { LuksSlot, LuksVolume } from './luks-volume.ts';

export const LUKS1_HEADER_SIZE = 592;
const SECTOR = 512;
const FIELD = {
  CIPHER: 8,
  MODE: 40,
  HASH: 72,
  DATA: 104,
  KEY_SIZE: 108,
  DIGEST: 112,
  DIGEST_SALT: 132,
  DIGEST_ITERATIONS: 164,
  UUID: 168,
  SLOTS: 208,
} as const;
const DIGEST_SIZE = 20;
const SALT_SIZE = 32;
const SLOT = { COUNT: 8, SIZE: 48, STATE: 0, ITERATIONS: 4, SALT: 8, AREA: 40, STRIPES: 44 } as const;
const ACTIVE = 0x00ac71f3;

/**
 * @param header its LUKS1_HEADER_SIZE bytes
 * @throws an Error if the data do not lie behind it
 */
export function parseLuks1(header: Uint8Array): LuksVolume {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const cipher = `${text(header, FIELD.CIPHER)}-${text(header, FIELD.MODE)}`;
  const hash = text(header, FIELD.HASH);
  const keySize = view.getUint32(FIELD.KEY_SIZE);
  const offset = view.getUint32(FIELD.DATA) * SECTOR;
  if (offset === 0) throw new Error('its header lies apart from its data');
  const slots: LuksSlot[] = [];
  for (let index = 0; index < SLOT.COUNT; index++) {
    const at = FIELD.SLOTS + index * SLOT.SIZE;
    if (view.getUint32(at + SLOT.STATE) !== ACTIVE) continue;
    slots.push({
      derivation: {
        type: 'pbkdf2',
        hash,
        iterations: view.getUint32(at + SLOT.ITERATIONS),
        salt: hex(header, at + SLOT.SALT, SALT_SIZE),
      },
      offset: view.getUint32(at + SLOT.AREA) * SECTOR,
      cipher,
      areaKeySize: keySize,
      keySize,
      stripes: view.getUint32(at + SLOT.STRIPES),
      hash,
    });
  }
  return {
    version: 1,
    uuid: text(header, FIELD.UUID, 40),
    cipher,
    offset,
    size: undefined,
    sectorSize: SECTOR,
    firstVector: 0,
    options: [],
    slots,
    digest: {
      hash,
      iterations: view.getUint32(FIELD.DIGEST_ITERATIONS),
      salt: hex(header, FIELD.DIGEST_SALT, SALT_SIZE),
      digest: hex(header, FIELD.DIGEST, DIGEST_SIZE),
    },
  };
}

function hex(bytes: Uint8Array, at: number, length: number): string {
  return toHex(bytes.subarray(at, at + length));
}

/** Up to the first zero byte. */
function text(bytes: Uint8Array, at: number, length = 32): string {
  return decodeUtf8(bytes.subarray(at, at + length)).replace(/\0.*$/s, '');
}
