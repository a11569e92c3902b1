/** cloud-init's network configuration, versions 1 and 2 (cloudinit.readthedocs.io, "Network configuration"). */
import { ConfigError } from '../config/config-error.ts';
import { isMap, type YamlMap } from '../config/merge.ts';
import { field, textField } from './fetched-data.ts';
import {
  type InterfacePlan,
  interfaceKey,
  networkKeys,
  type RoutePlan,
  withPrefix,
} from './network-interfaces.ts';

/**
 * `rancher.network` for a document of either version. What we have no key for, such as rules, is left out.
 * @throws ConfigError if it is neither
 */
export function networkFromConfig(document: unknown, file: string): YamlMap {
  const network = field(document, 'network') ?? document;
  const version = textField(network, 'version');
  if (isMap(network) && version === '1') return fromVersion1(network);
  if (isMap(network) && version === '2') return fromVersion2(network);
  if (textField(network, 'config') === 'disabled') return {};
  throw new ConfigError(file, 'expected a network configuration with version: 1 or version: 2');
}

function fromVersion1(network: YamlMap): YamlMap {
  const items = listOf(network['config']);
  const hardware = new Map(items.map((item) => [textField(item, 'name'), textField(item, 'mac_address')]));
  const keyOf = (name: string) => interfaceKey(name, hardware.get(name) ?? '');
  const interfaces: InterfacePlan[] = [];
  const nameservers: string[] = [];
  const search: string[] = [];
  const dnsOf = (item: unknown, addresses: string, domains: string) => {
    nameservers.push(...textsOf(field(item, addresses)));
    search.push(...textsOf(field(item, domains)));
  };
  for (const item of items) {
    const type = textField(item, 'type');
    const name = textField(item, 'name');
    if (type === 'nameserver') dnsOf(item, 'address', 'search');
    if (!['physical', 'bond', 'bridge', 'vlan'].includes(type) || name === '') continue;
    const subnets = listOf(field(item, 'subnets'));
    for (const subnet of subnets) dnsOf(subnet, 'dns_nameservers', 'dns_search');
    // A bond takes the hardware address of one of its own, which must not be taken for it.
    const key = type === 'physical' ? keyOf(name) : name;
    interfaces.push({ key, ...subnetKeys(subnets), ...mtuOf(item), ...(type === 'bridge' && BRIDGE) });
    if (type === 'bond') {
      interfaces.push({ key, bondOptions: bondOptions(field(item, 'params'), /^bond[-_]/) });
      for (const member of textsOf(field(item, 'bond_interfaces')))
        interfaces.push({ key: keyOf(member), bond: name });
    }
    if (type === 'bridge')
      for (const member of textsOf(field(item, 'bridge_interfaces')))
        interfaces.push({ key: keyOf(member), bridge: name });
    if (type === 'vlan') {
      const link = textField(item, 'vlan_link');
      interfaces.push(...vlanOn(interfaces, keyOf(link), textField(item, 'vlan_id'), name));
    }
  }
  return networkKeys({ interfaces, nameservers, search });
}

function subnetKeys(subnets: readonly unknown[]): Omit<InterfacePlan, 'key'> {
  const ofType = (type: RegExp) => subnets.filter((subnet) => type.test(textField(subnet, 'type')));
  const fixed = ofType(/^static6?$/).filter((subnet) => textField(subnet, 'address') !== '');
  const gateways = fixed.map((subnet) => textField(subnet, 'gateway'));
  return {
    ...(subnets.length > 0 && { dhcp: ofType(/^(ipv6_)?dhcp/).length > 0 }),
    ...addressKeys(
      fixed.map((subnet) => withPrefix(textField(subnet, 'address'), textField(subnet, 'netmask'))),
      gateways,
    ),
    routes: subnets.flatMap((subnet) => furtherRoutes(listOf(field(subnet, 'routes')))),
  };
}

/** Routes to somewhere, and not to everywhere. Both versions have their own names for them. */
function furtherRoutes(routes: readonly unknown[]): RoutePlan[] {
  return routes.flatMap((route) => {
    const name = ['to', 'network', 'destination'].find((key) => textField(route, key) !== '') ?? 'to';
    const to = textField(route, name);
    const via = textField(route, 'via') || textField(route, 'gateway');
    if (via === '' || to === '' || to === 'default') return [];
    const mask = textField(route, 'netmask') || textField(route, 'prefix');
    const prefixed =
      name === 'to' && !to.includes('/') ? `${to}/${to.includes(':') ? 128 : 32}` : withPrefix(to, mask);
    const metric = Number(textField(route, 'metric'));
    const isFar = Number.isInteger(metric) && metric > 0;
    return prefixed.endsWith('/0') ? [] : [{ to: prefixed, via, ...(isFar && { metric }) }];
  });
}

/** The first gateway of each family. */
function addressKeys(
  addresses: readonly string[],
  gateways: readonly string[],
): Pick<InterfacePlan, 'addresses' | 'gateway' | 'gatewayIpv6'> {
  const gateway = gateways.find((address) => address !== '' && !address.includes(':'));
  const gatewayIpv6 = gateways.find((address) => address.includes(':'));
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(gateway !== undefined && { gateway }),
    ...(gatewayIpv6 !== undefined && { gatewayIpv6 }),
  };
}

function fromVersion2(network: YamlMap): YamlMap {
  const interfaces: InterfacePlan[] = [];
  const nameservers: string[] = [];
  const search: string[] = [];
  const ethernets = entriesOf(network['ethernets']);
  const keys = new Map(ethernets.map(([id, item]) => [id, matchKey(id, item)]));
  const keyOf = (id: string) => keys.get(id) ?? id;
  const add = (key: string, item: unknown) => {
    nameservers.push(...textsOf(field(item, 'nameservers', 'addresses')));
    search.push(...textsOf(field(item, 'nameservers', 'search')));
    const addresses = listOf(field(item, 'addresses')).map((address) =>
      typeof address === 'string' ? address : isMap(address) ? (Object.keys(address)[0] ?? '') : '',
    );
    const isDefault = (route: unknown) =>
      /^(default|0\.0\.0\.0\/0|::\/0)$/.test(textField(route, 'to')) && textField(route, 'via') !== '';
    const routes = listOf(field(item, 'routes')).filter(isDefault);
    const gateways = [
      textField(item, 'gateway4'),
      textField(item, 'gateway6'),
      ...routes.map((route) => textField(route, 'via')),
    ];
    const dhcp = field(item, 'dhcp4') ?? field(item, 'dhcp6');
    const isWanted = isYes(field(item, 'dhcp4')) || isYes(field(item, 'dhcp6'));
    interfaces.push({
      key,
      ...(dhcp === undefined && addresses.length === 0 ? {} : { dhcp: isWanted }),
      ...addressKeys(addresses.filter(Boolean), gateways),
      routes: furtherRoutes(listOf(field(item, 'routes'))),
      ...mtuOf(item),
    });
  };
  for (const [id, item] of ethernets) add(keyOf(id), item);
  for (const [id, item] of entriesOf(network['bonds'])) {
    add(id, item);
    interfaces.push({ key: id, bondOptions: bondOptions(field(item, 'parameters'), /^$/) });
    for (const member of textsOf(field(item, 'interfaces')))
      interfaces.push({ key: keyOf(member), bond: id });
  }
  for (const [id, item] of entriesOf(network['bridges'])) {
    add(id, item);
    interfaces.push({ key: id, ...BRIDGE });
    for (const member of textsOf(field(item, 'interfaces')))
      interfaces.push({ key: keyOf(member), bridge: id });
  }
  for (const [id, item] of entriesOf(network['vlans'])) {
    add(id, item);
    interfaces.push(...vlanOn(interfaces, keyOf(textField(item, 'link')), textField(item, 'id'), id));
  }
  return networkKeys({ interfaces, nameservers, search });
}

const BRIDGE = { bridge: 'true' } as const;

/** An entry is for what `match` says, or for the interface of that name. */
function matchKey(id: string, item: unknown): string {
  if (field(item, 'match') === undefined) return id;
  return interfaceKey(textField(item, 'match', 'name') || id, textField(item, 'match', 'macaddress'));
}

/** One more VLAN on an interface, behind those it has. */
function vlanOn(
  interfaces: readonly InterfacePlan[],
  key: string,
  id: string,
  name: string,
): InterfacePlan[] {
  if (!/^\d{1,4}$/.test(id) || key === '') return [];
  const before = interfaces.findLast((plan) => plan.key === key && plan.vlans !== undefined)?.vlans ?? [];
  return [{ key, vlans: [...before, { id: Number(id), name }] }];
}

/** Parameters of bonds that netplan calls otherwise than the kernel. */
const BOND_OPTIONS: Readonly<Record<string, string>> = {
  mii_monitor_interval: 'miimon',
  transmit_hash_policy: 'xmit_hash_policy',
  up_delay: 'updelay',
  down_delay: 'downdelay',
};

function bondOptions(parameters: unknown, prefix: RegExp): Record<string, string> {
  return Object.fromEntries(
    entriesOf(parameters)
      .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
      .map(([name, value]) => {
        const option = name.replace(prefix, '').replaceAll('-', '_');
        return [BOND_OPTIONS[option] ?? option, String(value)];
      }),
  );
}

function mtuOf(item: unknown): { mtu?: number } {
  const mtu = Number(textField(item, 'mtu'));
  return Number.isInteger(mtu) && mtu > 0 ? { mtu } : {};
}

function isYes(value: unknown): boolean {
  return value === true || (typeof value === 'string' && /^(true|yes|on)$/i.test(value));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value == null ? [] : [value];
}

/** A list of texts, or one with blanks between them. */
function textsOf(value: unknown): string[] {
  return listOf(value)
    .flatMap((item) => (typeof item === 'string' ? item.split(/[\s,]+/) : []))
    .filter(Boolean);
}

function entriesOf(value: unknown): [string, unknown][] {
  return isMap(value) ? Object.entries(value) : [];
}
