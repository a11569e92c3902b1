import { concatBytes, decodeUtf8 } from '../../linux/bytes.ts';

/**
 * Decodes UTF-8 that comes in pieces.
 * @returns a function that gives the text of a piece; a character that is not complete waits for the next one
 */
export function textPieces(): (bytes: Uint8Array) => string {
  let rest: Uint8Array = new Uint8Array(0);
  return (bytes) => {
    const whole = rest.length === 0 ? bytes : concatBytes([rest, bytes]);
    const end = whole.length - incompleteBytes(whole);
    rest = whole.slice(end);
    return decodeUtf8(whole.subarray(0, end));
  };
}

/** How many bytes at the end begin a character that is longer. */
function incompleteBytes(bytes: Uint8Array): number {
  for (let count = 1; count <= Math.min(3, bytes.length); count++) {
    const byte = bytes[bytes.length - count] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > count ? count : 0;
  }
  return 0;
}
