/** A network: what is kept about it on disk, and what follows from that. */
import { formatAddress, type PrefixedAddress, parsePrefixedAddress } from '../../linux/ip-address.ts';
import { addressNumber } from './address-range.ts';

/** `bridge` networks are ours to make; `host` and `null` stand for the machine's own and for none. */
export type NetworkDriver = 'bridge' | 'host' | 'null';

/** A range of addresses with its parts as text; `gateway` is absent if nobody has asked for one. */
export interface Subnet {
  /** Such as `172.19.0.0/16`. */
  readonly subnet: string;
  /** The part of it from which containers get their addresses. */
  readonly ipRange?: string;
  readonly gateway?: string;
  /** Addresses that something else has, by its name. */
  readonly auxiliary?: Readonly<Record<string, string>>;
}

/** What `networks/<id>.json` holds. */
export interface Network {
  readonly id: string;
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly driver: NetworkDriver;
  readonly enableIPv4: boolean;
  readonly enableIPv6: boolean;
  /** Without a way out. */
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly subnets: readonly Subnet[];
  /** Whether the client has named the subnets, so that it may name addresses in them as well. */
  readonly hasOwnSubnets: boolean;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Options of bridge networks. */
const OPTION = {
  name: 'com.docker.network.bridge.name',
  mtu: 'com.docker.network.driver.mtu',
  icc: 'com.docker.network.bridge.enable_icc',
  masquerade: 'com.docker.network.bridge.enable_ip_masquerade',
  hostAddress: 'com.docker.network.bridge.host_binding_ipv4',
} as const;

/** What the client of a network may decide, beside its addresses. */
export interface BridgeSettings {
  /** Of the interface. */
  readonly name: string;
  readonly mtu: number | undefined;
  /** Whether containers on it reach each other. */
  readonly allowsNeighbours: boolean;
  /** Whether they go out with an address of this machine. */
  readonly masquerades: boolean;
  /** Where ports are published that name no address of this machine. */
  readonly hostAddress: string;
}

export function bridgeSettings({ id, options }: Network): BridgeSettings {
  const isOn = (name: string) => !/^(false|0|f|no)$/i.test(options[name] ?? 'true');
  return {
    name: options[OPTION.name] || `br-${id.slice(0, 12)}`,
    mtu: Number(options[OPTION.mtu]) || undefined,
    allowsNeighbours: isOn(OPTION.icc),
    masquerades: isOn(OPTION.masquerade),
    hostAddress: options[OPTION.hostAddress] || '0.0.0.0',
  };
}

/** The options that Docker's default bridge shows. */
export function defaultBridgeOptions(interfaceName: string, mtu: number): Record<string, string> {
  return {
    'com.docker.network.bridge.default_bridge': 'true',
    [OPTION.icc]: 'true',
    [OPTION.masquerade]: 'true',
    [OPTION.hostAddress]: '0.0.0.0',
    [OPTION.name]: interfaceName,
    [OPTION.mtu]: String(mtu),
  };
}

export const DEFAULT_NETWORKS = ['bridge', 'host', 'none'] as const;

/** Whether it is one of those that are always there. */
export function isDefaultNetwork({ name }: Network): boolean {
  return DEFAULT_NETWORKS.some((predefined) => predefined === name);
}

/** Whether its containers find each other by name. */
export function isUserDefined(network: Network): boolean {
  return network.driver === 'bridge' && !isDefaultNetwork(network);
}

/** A range of addresses, parsed. */
export interface AddressPool {
  readonly subnet: PrefixedAddress;
  readonly range: PrefixedAddress;
  readonly gateway: string;
  readonly auxiliary: readonly string[];
}

/** All ranges of a network. */
export function addressPools({ subnets }: Network): AddressPool[] {
  return subnets.map(({ subnet, ipRange, gateway, auxiliary }) => {
    const whole = prefixed(subnet);
    return {
      subnet: whole,
      range: ipRange === undefined ? whole : prefixed(ipRange),
      gateway: gateway ?? formatAddress(addressNumber(whole, 1)),
      auxiliary: Object.values(auxiliary ?? {}),
    };
  });
}

function prefixed(text: string): PrefixedAddress {
  const address = parsePrefixedAddress(text);
  if (address === undefined) throw new Error(`not a network: ${text}`);
  return address;
}
