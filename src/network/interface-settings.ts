/** An entry of `rancher.network.interfaces`, and to which interface it belongs. */
import type { Config } from '../config/schema.ts';
import { formatAddress, parseAddress, parsePrefixedAddress } from '../linux/ip-address.ts';
import { matchesWildcards } from '../linux/wildcards.ts';
import type { ValueReader } from './value-reader.ts';
import { parseVlans, type Vlan } from './vlans.ts';

type NetworkConfig = NonNullable<NonNullable<Config['rancher']>['network']>;
export type InterfaceConfig = NonNullable<NetworkConfig['interfaces']>[string];
export type WifiConfig = NonNullable<NetworkConfig['wifi_networks']>[string];

export interface RouteSettings {
  /** A network; `0.0.0.0/0` and `::/0` for all addresses. */
  readonly to: string;
  readonly via?: string;
  /** Absent: as the kernel has it. */
  readonly metric?: number;
}

/** What one entry asks for. */
export interface InterfaceSettings {
  /** A name (`eth0`), a pattern of names (`eth*`), or `mac=` and a hardware address or a pattern of such. */
  readonly match: string;
  readonly dhcp: boolean;
  /** Arguments of a DHCP client of its own. */
  readonly dhcpArguments?: string;
  /** Whether to take an address of 169.254.0.0/16. */
  readonly linkLocal: boolean;
  /** With the lengths of their prefixes. */
  readonly addresses: readonly string[];
  /** The gateways are among them. */
  readonly routes: readonly RouteSettings[];
  readonly mtu?: number;
  readonly isBridge: boolean;
  /** Of which bridge or bond it is a port. */
  readonly master?: { readonly name: string; readonly kind: 'bridge' | 'bond' };
  /** Present if it is a bond. */
  readonly bondOptions?: Readonly<Record<string, string>>;
  readonly vlans: readonly Vlan[];
  readonly preUp: readonly string[];
  readonly postUp: readonly string[];
  readonly wifiNetwork?: string;
}

export const ANYWHERE = { ipv4: '0.0.0.0/0', ipv6: '::/0' } as const;
const ADDRESS = 'an address such as 192.168.1.1';
const PREFIXED_ADDRESS = 'an address such as 192.168.1.2/24';
const NETWORK = 'a network such as 10.0.0.0/8, or default';
/** What the kernel takes for the name of an interface. */
const INTERFACE_NAME = /^(?!\.{1,2}$)[^\s/:*?]{1,15}$/;
const OPTION_NAME = /^[a-z_]+$/;
/** Interfaces of System Docker, Docker and their containers, which a pattern does not mean. */
const OF_CONTAINERS = /^(lo|docker-sys|docker\d+|br-[0-9a-f]{12}|veth.*)$/;

/** @param wifi the networks that an interface may name: their addresses are its own */
export function readInterface(
  name: string,
  config: InterfaceConfig,
  wifi: Readonly<Record<string, WifiConfig>>,
  read: ValueReader,
): InterfaceSettings {
  const key = `interfaces.${name}`;
  const network = wifi[config.wifi_network ?? ''];
  const addresses = [config.address ?? network?.address, ...(config.addresses ?? [])].flatMap((text) => {
    const address = read(`${key}.address`, text, canonicalPrefix, PREFIXED_ADDRESS);
    return address === undefined ? [] : [address];
  });
  const { bridge, bond } = config;
  const isBridge = bridge === 'true';
  const isPort = bridge != null && bridge !== '' && bridge !== 'false' && !isBridge;
  const master = isPort
    ? readMaster(`${key}.bridge`, bridge, 'bridge', read)
    : readMaster(`${key}.bond`, bond || undefined, 'bond', read);
  const isOption = (text: string) => OPTION_NAME.test(text) || undefined;
  const options = Object.entries(config.bond_opts ?? {}).filter(
    ([option]) => read(`${key}.bond_opts`, option, isOption, 'an option such as mode') === true,
  );
  return {
    match: config.match ?? name,
    dhcp: config.dhcp ?? false,
    ...(config.dhcp_args ? { dhcpArguments: config.dhcp_args } : {}),
    linkLocal: config.ipv4ll ?? false,
    addresses: [...new Set(addresses)],
    routes: readRoutes(key, config, network?.gateway, read),
    ...(config.mtu ? { mtu: config.mtu } : {}),
    isBridge,
    ...(master ? { master } : {}),
    ...(config.bond_opts ? { bondOptions: Object.fromEntries(options) } : {}),
    vlans:
      read(
        `${key}.vlans`,
        config.vlans,
        parseVlans,
        'VLANs such as 100,200:name with numbers from 1 to 4094',
      ) ?? [],
    preUp: config.pre_up ?? [],
    postUp: config.post_up ?? [],
    ...(config.wifi_network ? { wifiNetwork: config.wifi_network } : {}),
  };
}

function readMaster(key: string, text: string | undefined, kind: 'bridge' | 'bond', read: ValueReader) {
  const isName = (value: string) => (INTERFACE_NAME.test(value) ? value : undefined);
  const name = read(key, text, isName, 'the name of an interface');
  return name === undefined ? undefined : { name, kind };
}

function readRoutes(
  key: string,
  { gateway, gateway_ipv6, routes }: InterfaceConfig,
  wifiGateway: string | null | undefined,
  read: ValueReader,
): RouteSettings[] {
  const gateways = { gateway: gateway ?? wifiGateway, gateway_ipv6 };
  const byGateways = Object.entries(gateways).flatMap(([name, text]) => {
    const via = read(`${key}.${name}`, text || undefined, canonicalAddress, ADDRESS);
    return via === undefined ? [] : [{ to: anywhereFor(via), via }];
  });
  const further = (routes ?? []).flatMap((route): RouteSettings[] => {
    const via = read(`${key}.routes`, route.via || undefined, canonicalAddress, ADDRESS);
    if (route.via && via === undefined) return [];
    const isDefault = route.to == null || route.to === 'default';
    const to = isDefault
      ? anywhereFor(via ?? '')
      : read(`${key}.routes`, route.to, canonicalNetwork, NETWORK);
    if (to === undefined) return [];
    return [{ to, ...(via ? { via } : {}), ...(route.metric == null ? {} : { metric: route.metric }) }];
  });
  return [...byGateways, ...further];
}

function anywhereFor(gateway: string): string {
  return gateway.includes(':') ? ANYWHERE.ipv6 : ANYWHERE.ipv4;
}

function canonicalAddress(text: string): string | undefined {
  const bytes = parseAddress(text);
  return bytes && formatAddress(bytes);
}

function canonicalPrefix(text: string): string | undefined {
  const parsed = parsePrefixedAddress(text);
  return parsed && `${formatAddress(parsed.bytes)}/${parsed.prefixLength}`;
}

/** Without the bits behind the prefix, which the kernel refuses. An address alone is the network of itself. */
function canonicalNetwork(text: string): string | undefined {
  const bytes = parseAddress(text);
  if (bytes !== undefined) return `${formatAddress(bytes)}/${bytes.length * 8}`;
  const parsed = parsePrefixedAddress(text);
  if (parsed === undefined) return undefined;
  const { prefixLength } = parsed;
  const masked = parsed.bytes.map((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return byte & (0xff00 >> bits) & 0xff;
  });
  return `${formatAddress(masked)}/${prefixLength}`;
}

/** What of an interface decides which entry is its own. */
export interface MatchedLink {
  readonly name: string;
  readonly hardwareAddress: string;
  /** Of a device made by software, such as `vlan`. */
  readonly kind?: string | undefined;
}

/** These have the hardware address of another interface, and are meant only by their names. */
const BORROWERS: ReadonlySet<string | undefined> = new Set(['vlan', 'bond', 'bridge']);

/**
 * The settings of an interface: a hardware address goes before a pattern of such, that before a name, and that before a
 * pattern of names.
 */
export function settingsFor(
  link: MatchedLink,
  interfaces: readonly InterfaceSettings[],
): InterfaceSettings | undefined {
  const byAddress = (test: (pattern: string, address: string) => boolean) =>
    BORROWERS.has(link.kind) || link.hardwareAddress === ''
      ? undefined
      : interfaces.find(({ match }) => {
          const pattern = hardwareAddressOf(match);
          return pattern !== undefined && test(pattern, link.hardwareAddress);
        });
  return (
    byAddress((pattern, address) => pattern === address) ??
    byAddress(matchesWildcards) ??
    interfaces.find(({ match }) => match === link.name) ??
    (OF_CONTAINERS.test(link.name) || BORROWERS.has(link.kind)
      ? undefined
      : interfaces.find(({ match }) => matchesWildcards(match, link.name)))
  );
}

function hardwareAddressOf(match: string): string | undefined {
  return /^mac[=:](.+)$/.exec(match)?.[1]?.toLowerCase();
}
