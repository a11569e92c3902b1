/** An element of `IPAM.Config` in a request for a network: a subnet and who has which part of it. Pure functions. */
import * as v from 'valibot';
import {
  formatAddress,
  type PrefixedAddress,
  parseAddress,
  parsePrefixedAddress,
} from '../../linux/ip-address.ts';
import { stringMap } from '../../oci/json.ts';
import { EngineError, invalidParameter } from '../errors.ts';
import { contains, formatPrefixed, networkOf, overlaps } from './address-range.ts';
import type { Subnet } from './network.ts';

export const subnetRequestSchema = v.object({
  Subnet: v.nullish(v.string()),
  IPRange: v.nullish(v.string()),
  Gateway: v.nullish(v.string()),
  AuxiliaryAddresses: v.nullish(stringMap),
});

export type SubnetRequest = v.InferOutput<typeof subnetRequestSchema>;

/**
 * Checks one.
 * @param taken what the other networks of the engine have
 * @throws EngineError 400 for what cannot be read or does not lie in the subnet, 403 for a subnet that is taken
 */
export function readSubnet(request: SubnetRequest, taken: readonly PrefixedAddress[]): Subnet {
  const subnet = readPrefixed('subnet', request.Subnet ?? '');
  if (taken.some((other) => overlaps(subnet, other))) {
    throw new EngineError(403, 'invalid pool request: Pool overlaps with other one on this address space');
  }
  const auxiliary = Object.entries(request.AuxiliaryAddresses ?? {}).map(
    ([name, address]) => [name, addressWithin(subnet, 'auxiliary address', address)] as const,
  );
  return {
    subnet: formatPrefixed(subnet),
    ...(request.IPRange ? { ipRange: rangeWithin(subnet, request.IPRange) } : {}),
    ...(request.Gateway ? { gateway: addressWithin(subnet, 'gateway', request.Gateway) } : {}),
    ...(auxiliary.length > 0 ? { auxiliary: Object.fromEntries(auxiliary) } : {}),
  };
}

function rangeWithin(subnet: PrefixedAddress, text: string): string {
  const range = readPrefixed('ip-range', text);
  const parent = formatPrefixed(subnet);
  if (range.prefixLength < subnet.prefixLength) {
    throw invalid('ip-range', text, `CIDR block is bigger than its parent subnet ${parent}`);
  }
  if (!contains(subnet, range.bytes)) {
    throw invalid('ip-range', text, `parent subnet ${parent} doesn't contain ip-range`);
  }
  return formatPrefixed(range);
}

/** A gateway may come with the length of its prefix, as some clients have it from `docker network inspect`. */
function addressWithin(subnet: PrefixedAddress, what: string, text: string): string {
  const bytes = parseAddress(text.split('/')[0] ?? '');
  if (bytes === undefined) throw invalid(what, text, 'invalid address');
  if (!contains(subnet, bytes)) {
    throw invalid(what, text, `parent subnet ${formatPrefixed(subnet)} doesn't contain this address`);
  }
  return formatAddress(bytes);
}

/** With nothing but zeros behind the prefix. */
function readPrefixed(what: string, text: string): PrefixedAddress {
  const parsed = parsePrefixedAddress(text);
  if (parsed === undefined) throw invalid(what, text, 'invalid CIDR block notation');
  const network = networkOf(parsed);
  const wanted = formatPrefixed(network);
  if (wanted !== formatPrefixed(parsed)) throw invalid(what, text, `it should be ${wanted}`);
  return network;
}

function invalid(what: string, text: string, why: string): EngineError {
  return invalidParameter(`invalid network config:\ninvalid ${what} ${text}: ${why}`);
}
