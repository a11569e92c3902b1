const POLYNOMIAL = 0xedb88320;

/** The CRC-32 of ISO 3309, as the tables of partitions (UEFI specification, 4.2 and 5.3) have it. */
export function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  }
  return ~remainder >>> 0;
}
