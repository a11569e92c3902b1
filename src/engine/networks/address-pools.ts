/** Which addresses a network gets whose client names none: those that nobody on this machine has. */
import { type PrefixedAddress, parsePrefixedAddress } from '../../linux/ip-address.ts';
import { listAddresses } from '../../linux/netlink-address.ts';
import { listRoutes } from '../../linux/netlink-route.ts';
import { randomBytes } from '../../linux/random.ts';
import { EngineError } from '../errors.ts';
import { addressNumber, networkOf, overlaps } from './address-range.ts';

/** Networks of one size in a range of addresses. */
export interface PoolRange {
  readonly base: PrefixedAddress;
  /** The length of the networks' prefixes. */
  readonly size: number;
}

/** Docker's: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/20 to 192.168.240.0/20. */
export function defaultPools(): PoolRange[] {
  const sixteens = Array.from({ length: 15 }, (_, index) => `base=172.${17 + index}.0.0/16,size=16`);
  return [...sixteens, 'base=192.168.0.0/16,size=20'].map(parsePoolRange);
}

/** Reads `base=10.0.0.0/8,size=24`. Throws an Error that says what was expected. */
export function parsePoolRange(text: string): PoolRange {
  const [, base = '', size = ''] = /^base=([^,]+),size=(\d{1,3})$/.exec(text) ?? [];
  const parsed = parsePrefixedAddress(base);
  if (
    parsed === undefined ||
    Number(size) < parsed.prefixLength ||
    Number(size) > parsed.bytes.length * 8 - 2
  ) {
    throw new Error(
      `--default-address-pool: expected something such as base=10.0.0.0/8,size=24, got "${text}"`,
    );
  }
  return { base: networkOf(parsed), size: Number(size) };
}

/** What the machine reaches directly or by a route. The default route leads to everything and says nothing. */
export function networksOfMachine(): PrefixedAddress[] {
  const destinations = listRoutes().flatMap(({ destination }) => (destination ? [destination] : []));
  return [...destinations, ...listAddresses().map(networkOf)].filter(({ prefixLength }) => prefixLength > 0);
}

/**
 * The first network of IPv4 addresses that is free.
 * @param taken what other networks have, those of the machine included
 * @throws EngineError 500 if there is none
 */
export function chooseIpv4Network(
  pools: readonly PoolRange[],
  taken: readonly PrefixedAddress[],
): PrefixedAddress {
  const network = firstFree(pools, 4, taken);
  if (network === undefined)
    throw new EngineError(500, 'all predefined address pools have been fully subnetted');
  return network;
}

/** One of the pools of IPv6, or else 2⁶⁴ addresses with a random prefix of their own (RFC 4193). */
export function chooseIpv6Network(
  pools: readonly PoolRange[],
  taken: readonly PrefixedAddress[],
): PrefixedAddress {
  return firstFree(pools, 16, taken) ?? randomLocalNetwork();
}

function randomLocalNetwork(): PrefixedAddress {
  const bytes = new Uint8Array(16);
  bytes.set([0xfd, ...randomBytes(5)]);
  return { bytes, prefixLength: 64 };
}

function firstFree(
  pools: readonly PoolRange[],
  addressLength: number,
  taken: readonly PrefixedAddress[],
): PrefixedAddress | undefined {
  for (const { base, size } of pools) {
    if (base.bytes.length !== addressLength) continue;
    const count = 2 ** (size - base.prefixLength);
    for (let index = 0; index < count; ) {
      const bytes = addressNumber(base, index * 2 ** (addressLength * 8 - size));
      const network = { bytes, prefixLength: size };
      const other = taken.find((each) => overlaps(network, each));
      if (other === undefined) return network;
      // On behind that, which may be larger.
      const step = 2 ** Math.max(0, size - other.prefixLength);
      index = (Math.floor(index / step) + 1) * step;
    }
  }
  return undefined;
}
