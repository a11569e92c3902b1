/** `docker network create`: the request checked and completed. */
import * as v from 'valibot';
import { timestamp } from '../../linux/clock.ts';
import { formatAddress, type PrefixedAddress } from '../../linux/ip-address.ts';
import { randomId } from '../../linux/random.ts';
import { checkValue, stringMap } from '../../oci/json.ts';
import { EngineError, invalidParameter, notFound } from '../errors.ts';
import { chooseIpv4Network, chooseIpv6Network, type PoolRange } from './address-pools.ts';
import { addressNumber, formatPrefixed } from './address-range.ts';
import type { Network, Subnet } from './network.ts';
import { readSubnet, subnetRequestSchema } from './subnet-request.ts';

const schema = v.object({
  Name: v.nullish(v.string()),
  Driver: v.nullish(v.string()),
  Scope: v.nullish(v.string()),
  EnableIPv4: v.nullish(v.boolean()),
  EnableIPv6: v.nullish(v.boolean()),
  Internal: v.nullish(v.boolean()),
  Attachable: v.nullish(v.boolean()),
  Ingress: v.nullish(v.boolean()),
  ConfigOnly: v.nullish(v.boolean()),
  Options: v.nullish(stringMap),
  Labels: v.nullish(stringMap),
  IPAM: v.nullish(
    v.object({
      Driver: v.nullish(v.string()),
      Options: v.nullish(stringMap),
      Config: v.nullish(v.array(subnetRequestSchema)),
    }),
  ),
});

/** The longest name of an interface. */
const INTERFACE_NAME = /^[^\s/]{1,15}$/;

/** Which addresses there are for a new network. */
export interface AddressSpace {
  /** What the networks of the engine have. */
  readonly taken: readonly PrefixedAddress[];
  /** What the machine has besides; only what is chosen for the client keeps clear of it. */
  readonly inUse: readonly PrefixedAddress[];
  /** From which is chosen. */
  readonly pools: readonly PoolRange[];
}

/** Makes a network of a request; nobody knows it yet. Throws EngineError or FormatError in Docker's words. */
export function networkFromRequest(body: unknown, space: AddressSpace): Network {
  const request = checkValue(schema, body, 'network');
  const name = request.Name ?? '';
  if (name.trim() === '') throw invalidParameter('network name cannot be empty');
  if (name.includes('/')) throw invalidParameter(`invalid network name: ${name}`);
  const driver = request.Driver || 'bridge';
  if (driver === 'host' || driver === 'null') {
    throw new EngineError(403, `only one instance of "${driver}" network is allowed`);
  }
  if (driver !== 'bridge') {
    throw notFound(`could not find plugin ${driver} in v1 plugin registry: plugin "${driver}" not found`);
  }
  const ipam = request.IPAM?.Driver || 'default';
  if (ipam !== 'default') throw notFound(`plugin "${ipam}" not found`);
  if (request.Ingress || request.ConfigOnly || request.Scope === 'swarm') {
    throw invalidParameter(
      'this engine has no swarm: a network cannot be of its scope, for ingress or config-only',
    );
  }
  if (request.EnableIPv4 === false) {
    throw invalidParameter(
      'IPv4 cannot be disabled: containers of this engine have an IPv4 address on every network',
    );
  }
  checkOptions(request.Options ?? {});
  const requested = (request.IPAM?.Config ?? []).map((config) => readSubnet(config, space.taken));
  const enableIPv6 = request.EnableIPv6 === true || requested.some(isIpv6);
  return {
    id: randomId(),
    name,
    created: timestamp(),
    driver: 'bridge',
    enableIPv4: true,
    enableIPv6,
    internal: request.Internal === true,
    attachable: request.Attachable === true,
    subnets: withChosenSubnets(requested, enableIPv6, space),
    hasOwnSubnets: requested.length > 0,
    options: request.Options ?? {},
    labels: request.Labels ?? {},
  };
}

function checkOptions(options: Readonly<Record<string, string>>): void {
  const name = options['com.docker.network.bridge.name'];
  if (name !== undefined && name !== '' && !INTERFACE_NAME.test(name)) {
    throw invalidParameter(`invalid bridge name "${name}": at most 15 characters without spaces and slashes`);
  }
  const mtu = options['com.docker.network.driver.mtu'];
  if (mtu !== undefined && !/^\d{2,5}$/.test(mtu)) throw invalidParameter(`invalid MTU: ${mtu}`);
}

const isIpv6 = ({ subnet }: Subnet) => subnet.includes(':');

/** Each family that is enabled and has no range gets one. */
function withChosenSubnets(
  requested: readonly Subnet[],
  enableIPv6: boolean,
  { taken, inUse, pools }: AddressSpace,
): Subnet[] {
  const others = [...taken, ...inUse];
  const chosen = (pool: PrefixedAddress): Subnet => ({
    subnet: formatPrefixed(pool),
    gateway: formatAddress(addressNumber(pool, 1)),
  });
  return [
    ...(requested.some((subnet) => !isIpv6(subnet)) ? [] : [chosen(chooseIpv4Network(pools, others))]),
    ...requested,
    ...(enableIPv6 && !requested.some(isIpv6) ? [chosen(chooseIpv6Network(pools, others))] : []),
  ];
}
