/** The networks that are always there, and what the daemon's flags say of networks. */
import { encodeUtf8, toHex } from '../../linux/bytes.ts';
import { timestamp } from '../../linux/clock.ts';
import { formatAddress, parsePrefixedAddress } from '../../linux/ip-address.ts';
import type { HostConfig } from '../../oci/container-config.ts';
import type { PoolRange } from './address-pools.ts';
import { contains, formatPrefixed, networkOf } from './address-range.ts';
import { defaultBridgeOptions, type Network, type Subnet } from './network.ts';

/** The bridge that containers get that ask for nothing else. */
export interface DefaultBridge {
  /** Its interface, or `none`: containers have no network then unless they ask for one. */
  readonly name: string;
  /** The address of the interface with its prefix, such as `172.18.42.1/16`. */
  readonly address: string;
  /** The part of that network from which containers get their addresses, such as `172.18.1.0/24`; all of it if absent. */
  readonly range?: string | undefined;
  readonly mtu: number;
}

/** For networks and containers that do not say otherwise. */
export interface NetworkDefaults {
  readonly bridge: DefaultBridge;
  /** From which networks get their addresses. */
  readonly addressPools: readonly PoolRange[];
  /** What `/etc/resolv.conf` of containers has. */
  readonly dns: Pick<HostConfig, 'Dns' | 'DnsSearch' | 'DnsOptions'>;
}

/** Host, none, and the default bridge if there is one. Their ids are the same everywhere and always, so that they need not be kept. */
export function defaultNetworks({ name, address, range, mtu }: DefaultBridge): Network[] {
  const network = (own: Pick<Network, 'name' | 'driver'>, rest: Partial<Network> = {}): Network => ({
    id: toHex(encodeUtf8(own.name)).padEnd(64, '0'),
    created: timestamp(),
    enableIPv4: true,
    enableIPv6: false,
    internal: false,
    attachable: false,
    subnets: [],
    hasOwnSubnets: false,
    options: {},
    labels: {},
    ...own,
    ...rest,
  });
  const bridge = () =>
    network(
      { name: 'bridge', driver: 'bridge' },
      { subnets: [bridgeSubnet(address, range)], options: defaultBridgeOptions(name, mtu) },
    );
  return [
    ...(name === 'none' ? [] : [bridge()]),
    network({ name: 'host', driver: 'host' }),
    network({ name: 'none', driver: 'null' }),
  ];
}

function bridgeSubnet(address: string, range: string | undefined): Subnet {
  const parsed = parsePrefixedAddress(address);
  if (parsed === undefined || parsed.bytes.length !== 4) {
    throw new Error(`--bip: expected an address such as 172.18.42.1/16, got "${address}"`);
  }
  const subnet = networkOf(parsed);
  const ipRange = range === undefined ? undefined : parsePrefixedAddress(range);
  if (range !== undefined && (ipRange === undefined || !contains(subnet, ipRange.bytes))) {
    throw new Error(`--fixed-cidr: expected a part of ${formatPrefixed(subnet)}, got "${range}"`);
  }
  return {
    subnet: formatPrefixed(subnet),
    ...(ipRange && { ipRange: formatPrefixed(networkOf(ipRange)) }),
    gateway: formatAddress(parsed.bytes),
  };
}
