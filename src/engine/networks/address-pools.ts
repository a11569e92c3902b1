/** Which addresses a network gets whose client names none: those that nobody on this machine has. */
import { type PrefixedAddress, parsePrefixedAddress } from '../../linux/ip-address.ts';
import { listAddresses } from '../../linux/netlink-address.ts';
import { listRoutes } from '../../linux/netlink-route.ts';
import { randomBytes } from '../../linux/random.ts';
import { EngineError } from '../errors.ts';
import { networkOf, overlaps } from './address-range.ts';

/** Docker's: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/20 to 192.168.240.0/20. */
const DEFAULT_POOLS: readonly string[] = [
  ...Array.from({ length: 15 }, (_, index) => `172.${17 + index}.0.0/16`),
  ...Array.from({ length: 16 }, (_, index) => `192.168.${index * 16}.0/20`),
];

/** What the machine reaches directly or by a route. The default route leads to everything and says nothing. */
export function networksOfMachine(): PrefixedAddress[] {
  const destinations = listRoutes().flatMap(({ destination }) => (destination ? [destination] : []));
  return [...destinations, ...listAddresses().map(networkOf)].filter(({ prefixLength }) => prefixLength > 0);
}

/**
 * The first pool of IPv4 addresses that is free.
 * @param taken what other networks have, those of the machine included
 * @throws EngineError 500 if there is none
 */
export function choosePool(taken: readonly PrefixedAddress[]): PrefixedAddress {
  for (const text of DEFAULT_POOLS) {
    const pool = parsePrefixedAddress(text);
    if (pool !== undefined && !taken.some((other) => overlaps(pool, other))) return pool;
  }
  throw new EngineError(500, 'all predefined address pools have been fully subnetted');
}

/** A network of 2⁶⁴ addresses with a random prefix of its own (RFC 4193). */
export function chooseLocalIpv6Pool(): PrefixedAddress {
  const bytes = new Uint8Array(16);
  bytes.set([0xfd, ...randomBytes(5)]);
  return { bytes, prefixLength: 64 };
}
