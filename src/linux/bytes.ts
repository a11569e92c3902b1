/** Text and byte helpers. The only file here that also runs on Node, for unit tests and the builder. */
import './host.ts';

interface WebEncoding {
  TextEncoder: new () => { encode(text: string): Uint8Array };
  TextDecoder: new () => { decode(bytes: Uint8Array): string };
}

const onPaddock = typeof host !== 'undefined';

/** The UTF-8 bytes of a string. */
export function encodeUtf8(text: string): Uint8Array {
  if (onPaddock) return host.encode(text);
  const { TextEncoder } = globalThis as unknown as WebEncoding;
  return new TextEncoder().encode(text);
}

/** The text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  if (onPaddock) return host.decode(bytes);
  const { TextDecoder } = globalThis as unknown as WebEncoding;
  return new TextDecoder().decode(bytes);
}

/** One array with the bytes of all parts. A single part is returned as it is. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Lower-case hexadecimal digits of the bytes. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
