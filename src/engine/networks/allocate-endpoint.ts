/** Addresses for a container on a network. Who has which is written nowhere but in the records of the containers. */

import { toHex } from '../../linux/bytes.ts';
import { formatAddress, parseAddress } from '../../linux/ip-address.ts';
import { randomBytes, randomId } from '../../linux/random.ts';
import type { Container } from '../containers/container.ts';
import { EngineError } from '../errors.ts';
import { contains, firstFreeAddress } from './address-range.ts';
import type { Endpoint, EndpointAddress, EndpointSettings } from './endpoint.ts';
import { type AddressPool, addressPools, type Network } from './network.ts';

/**
 * Chooses what a container gets on a network.
 * @param containers all of the engine's
 * @throws EngineError 403 if an address that was asked for is in use, 500 if there is none left
 */
export function allocateEndpoint(
  network: Network,
  settings: EndpointSettings,
  interfaceName: string,
  containers: readonly Container[],
): Endpoint {
  const taken = takenAddresses(network, containers);
  const pools = addressPools(network);
  const isIpv6 = ({ subnet }: AddressPool) => subnet.bytes.length === 16;
  const ipv4 = allocate(
    network,
    pools.filter((pool) => !isIpv6(pool)),
    settings.IPAMConfig?.IPv4Address,
    taken,
  );
  const pools6 = pools.filter(isIpv6);
  const ipv6 =
    pools6.length > 0 ? { ipv6: allocate(network, pools6, settings.IPAMConfig?.IPv6Address, taken) } : {};
  const macAddress = settings.MacAddress?.toLowerCase().replaceAll('-', ':') || macAddressFor(ipv4.address);
  return { id: randomId(), interfaceName, macAddress, ipv4, ...ipv6 };
}

function takenAddresses({ id }: Network, containers: readonly Container[]): Set<string> {
  const endpoints = containers.flatMap(({ record }) =>
    Object.values(record.networks).flatMap(({ networkId, endpoint }) =>
      networkId === id && endpoint !== undefined ? [endpoint] : [],
    ),
  );
  return new Set(endpoints.flatMap(({ ipv4, ipv6 }) => [ipv4.address, ...(ipv6 ? [ipv6.address] : [])]));
}

function allocate(
  { name, id }: Network,
  pools: readonly AddressPool[],
  wanted: string | null | undefined,
  taken: ReadonlySet<string>,
): EndpointAddress {
  const isTaken = (pool: AddressPool, address: string) =>
    address === pool.gateway || pool.auxiliary.includes(address) || taken.has(address);
  if (wanted) {
    const bytes = parseAddress(wanted) ?? new Uint8Array();
    const pool = pools.find(({ subnet }) => contains(subnet, bytes));
    const address = formatAddress(bytes);
    if (pool === undefined || isTaken(pool, address)) throw new EngineError(403, 'Address already in use');
    return { address, prefixLength: pool.subnet.prefixLength, gateway: pool.gateway };
  }
  for (const pool of pools) {
    const bytes = firstFreeAddress(pool.range, pool.subnet, (address) => isTaken(pool, address));
    if (bytes !== undefined) {
      return { address: formatAddress(bytes), prefixLength: pool.subnet.prefixLength, gateway: pool.gateway };
    }
  }
  const family = pools[0]?.subnet.bytes.length === 16 ? 6 : 4;
  throw new EngineError(
    500,
    `no available IPv${family} addresses on this network's address pools: ${name} (${id})`,
  );
}

/** One that follows from the address: whoever gets that next is found by neighbours that remember the last one. */
function macAddressFor(address: string): string {
  const bytes = parseAddress(address);
  const tail = bytes?.length === 4 ? bytes : randomBytes(4);
  return `02:42:${toHex(tail).replace(/..(?=.)/g, '$&:')}`;
}
