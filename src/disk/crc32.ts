const POLYNOMIAL = 0xedb88320;

/** The CRC-32 of ISO 3309, as the tables of partitions (UEFI specification, 4.2 and 5.3) have it. */
export function crc32(bytes: Uint8Array): number {
  return ~crc32Remainder(bytes, 0xffffffff) >>> 0;
}

/** The same from another remainder on, and as it comes out. */
export function crc32Remainder(bytes: Uint8Array, first: number): number {
  let remainder = first;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  }
  return remainder >>> 0;
}
