/** Arithmetic on networks of addresses, IPv4 and IPv6 alike. Pure functions. */
import { formatAddress, type PrefixedAddress } from '../../linux/ip-address.ts';

/** The network in which an address lies: its bits behind the prefix are zero. */
export function networkOf({ bytes, prefixLength }: PrefixedAddress): PrefixedAddress {
  const mask = prefixMask(bytes.length, prefixLength);
  return { bytes: bytes.map((byte, index) => byte & (mask[index] ?? 0)), prefixLength };
}

/** Whether an address lies in a network. */
export function contains(network: PrefixedAddress, address: Uint8Array): boolean {
  if (network.bytes.length !== address.length) return false;
  const { bytes } = networkOf({ bytes: address, prefixLength: network.prefixLength });
  return networkOf(network).bytes.every((byte, index) => byte === bytes[index]);
}

/** Whether two networks have addresses in common. */
export function overlaps(one: PrefixedAddress, other: PrefixedAddress): boolean {
  return one.prefixLength < other.prefixLength ? contains(one, other.bytes) : contains(other, one.bytes);
}

/** Such as `10.0.2.0/24`. */
export function formatPrefixed({ bytes, prefixLength }: PrefixedAddress): string {
  return `${formatAddress(bytes)}/${prefixLength}`;
}

/**
 * The lowest address of a range that is not taken.
 * @param range within `subnet`, or the same
 * @param isTaken whether an address, as text, is in use
 * @returns undefined if there is none
 */
export function firstFreeAddress(
  range: PrefixedAddress,
  subnet: PrefixedAddress,
  isTaken: (address: string) => boolean,
): Uint8Array | undefined {
  const { length } = range.bytes;
  const first = toNumber(networkOf(range).bytes);
  const last = first + (1n << BigInt(length * 8 - range.prefixLength)) - 1n;
  for (let number = first; number <= last; number++) {
    const address = fromNumber(number, length);
    if (!isReserved(address, subnet) && !isTaken(formatAddress(address))) return address;
  }
  return undefined;
}

/** An address behind the first one of a network, such as number 1 of 10.0.2.0/24: 10.0.2.1. */
export function addressNumber(network: PrefixedAddress, number: number): Uint8Array {
  return fromNumber(toNumber(networkOf(network).bytes) + BigInt(number), network.bytes.length);
}

/** The network's own address, and in IPv4 that of everybody in it; networks of one or two addresses have none. */
function isReserved(address: Uint8Array, { bytes, prefixLength }: PrefixedAddress): boolean {
  if (prefixLength >= bytes.length * 8 - 1) return false;
  const mask = prefixMask(bytes.length, prefixLength);
  const host = address.map((byte, index) => byte & ~(mask[index] ?? 0));
  if (host.every((byte) => byte === 0)) return true;
  return bytes.length === 4 && host.every((byte, index) => byte === (~(mask[index] ?? 0) & 0xff));
}

function prefixMask(length: number, prefixLength: number): Uint8Array {
  return new Uint8Array(length).map(
    (_, index) => 0xff00 >> Math.min(8, Math.max(0, prefixLength - index * 8)),
  );
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function fromNumber(number: bigint, length: number): Uint8Array {
  return new Uint8Array(length).map((_, index) =>
    Number((number >> BigInt(8 * (length - 1 - index))) & 0xffn),
  );
}
