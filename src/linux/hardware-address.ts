/** Addresses of network adapters (MAC addresses) as text and as bytes. */
import { toHex } from './bytes.ts';

/** Such as `52:54:00:12:34:56`; empty for no bytes. */
export function formatHardwareAddress(bytes: Uint8Array): string {
  return toHex(bytes).replace(/..(?=.)/g, '$&:');
}

/** The six bytes of an address. Throws if the text is none. */
export function parseHardwareAddress(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) throw new Error(`not a hardware address: ${text}`);
  return new Uint8Array(text.split(':').map((byte) => Number.parseInt(byte, 16)));
}
