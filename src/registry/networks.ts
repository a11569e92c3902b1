/** Networks in CIDR form. */
import { parseAddress, parsePrefixedAddress } from '../linux/ip-address.ts';

/** Whether an address is one of a network's, such as `127.0.0.0/8`. False if either is malformed. */
export function isInNetwork(address: string, network: string): boolean {
  const bytes = parseAddress(address);
  const prefixed = parsePrefixedAddress(network);
  if (bytes === undefined || prefixed === undefined || bytes.length !== prefixed.bytes.length) return false;
  return bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefixed.prefixLength - index * 8));
    const mask = (0xff00 >> bits) & 0xff;
    return (byte & mask) === ((prefixed.bytes[index] ?? 0) & mask);
  });
}
