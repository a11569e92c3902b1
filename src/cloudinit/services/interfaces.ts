/** What clouds say about the interfaces of a machine, as `rancher.network`. */
import type { YamlMap } from '../../config/merge.ts';
import { field, textField } from '../fetched-data.ts';
import { type InterfacePlan, interfaceKey, networkKeys, withPrefix } from '../network-interfaces.ts';

/** DigitalOcean's document: addresses are fixed, and only the public interface leads everywhere. */
export function digitaloceanNetwork(document: unknown): YamlMap {
  const interfaces = (['public', 'private'] as const).flatMap((kind) =>
    listAt(document, 'interfaces', kind).map((item): InterfacePlan => {
      const gateways =
        kind === 'public' ? ['ipv4', 'ipv6'].map((family) => textField(item, family, 'gateway')) : [];
      const addresses = ['ipv4', 'ipv6', 'anchor_ipv4'].flatMap((family) => {
        const address = textField(item, family, 'ip_address');
        const mask = textField(item, family, 'netmask') || textField(item, family, 'cidr');
        return address === '' ? [] : [withPrefix(address, mask)];
      });
      return { key: keyOf(item), dhcp: false, addresses, ...gatewaysOf(gateways) };
    }),
  );
  const nameservers = listAt(document, 'dns', 'nameservers').filter((item) => typeof item === 'string');
  return networkKeys({ interfaces: interfaces.filter(({ key }) => key !== ''), nameservers, search: [] });
}

/** Vultr's document: the public interface asks by DHCP, and has further addresses; others have theirs. */
export function vultrNetwork(document: unknown): YamlMap {
  const interfaces = listAt(document, 'interfaces').map((item): InterfacePlan => {
    const more = (['ipv4', 'ipv6'] as const).flatMap((family) => listAt(item, family, 'additional'));
    const isPublic = textField(item, 'network-type') !== 'private';
    const own = isPublic ? [] : [field(item, 'ipv4')];
    const addresses = [...own, ...more]
      .map((entry) => [
        textField(entry, 'address'),
        textField(entry, 'netmask') || textField(entry, 'prefix'),
      ])
      .flatMap(([address = '', mask = '']) => (address === '' ? [] : [withPrefix(address, mask)]));
    return { key: keyOf(item), dhcp: isPublic, addresses };
  });
  return networkKeys({
    interfaces: interfaces.filter(({ key }) => key !== ''),
    nameservers: [],
    search: [],
  });
}

/** What RancherOS gives the bond of a machine of Packet. */
const BOND_OPTIONS = {
  mode: '4',
  lacp_rate: '1',
  miimon: '100',
  downdelay: '200',
  updelay: '200',
  xmit_hash_policy: 'layer3+4',
} as const;

/** Packet's, now Equinix Metal's: all interfaces are one bond; what is private lies behind the private router. */
export function packetNetwork(network: unknown): YamlMap {
  const ports = listAt(network, 'interfaces');
  const bond = textField(ports[0], 'bond') || 'bond0';
  const given = listAt(network, 'addresses').filter((entry) => textField(entry, 'address') !== '');
  const isPublic = (entry: unknown) => field(entry, 'public') === true;
  const lan = given.find((entry) => !isPublic(entry) && textField(entry, 'address_family') === '4');
  const via = textField(lan, 'gateway');
  const plan: InterfacePlan = {
    key: bond,
    dhcp: false,
    addresses: given.map((entry) =>
      withPrefix(textField(entry, 'address'), textField(entry, 'cidr') || textField(entry, 'netmask')),
    ),
    ...gatewaysOf(given.filter(isPublic).map((entry) => textField(entry, 'gateway'))),
    ...(via !== '' && { routes: [{ to: '10.0.0.0/8', via }] }),
    bondOptions: { ...BOND_OPTIONS, mode: textField(network, 'bonding', 'mode') || BOND_OPTIONS.mode },
  };
  const members = ports.map((port): InterfacePlan => ({ key: keyOf(port), bond }));
  const interfaces = ports.length === 0 ? [] : [plan, ...members.filter(({ key }) => key !== '')];
  return networkKeys({ interfaces, nameservers: [], search: [] });
}

/** The first of each family. */
function gatewaysOf(gateways: readonly string[]): Pick<InterfacePlan, 'gateway' | 'gatewayIpv6'> {
  const gateway = gateways.find((address) => address !== '' && !address.includes(':'));
  const gatewayIpv6 = gateways.find((address) => address.includes(':'));
  return { ...(gateway && { gateway }), ...(gatewayIpv6 && { gatewayIpv6 }) };
}

function keyOf(item: unknown): string {
  return interfaceKey('', textField(item, 'mac'));
}

function listAt(document: unknown, ...path: readonly string[]): readonly unknown[] {
  const list = field(document, ...path);
  return Array.isArray(list) ? list : [];
}
