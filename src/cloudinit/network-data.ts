/** OpenStack's network_data.json (docs.openstack.org/nova, "OpenStack format metadata"): links, networks, services. */
import type { YamlMap } from '../config/merge.ts';
import { field, textField } from './fetched-data.ts';
import {
  type InterfacePlan,
  interfaceKey,
  networkKeys,
  type RoutePlan,
  withPrefix,
} from './network-interfaces.ts';

/** `rancher.network` for such a document. Bonds and VLANs are left out; they are named by identifiers that mean nothing here. */
export function networkFromOpenStack(document: YamlMap): YamlMap {
  const links = listAt(document, 'links').filter((link) => textField(link, 'ethernet_mac_address') !== '');
  const networks = listAt(document, 'networks');
  const interfaces = links
    .filter((link) => !['bond', 'vlan'].includes(textField(link, 'type')))
    .map((link): InterfacePlan => {
      const own = networks.filter((network) => textField(network, 'link') === textField(link, 'id'));
      const fixed = own.filter((network) => textField(network, 'ip_address') !== '');
      const gateway = gatewayOf(fixed, '0.0.0.0');
      const gatewayIpv6 = gatewayOf(fixed, '::');
      const mtu = Number(textField(link, 'mtu'));
      return {
        key: interfaceKey('', textField(link, 'ethernet_mac_address')),
        dhcp: own.some((network) => textField(network, 'type').includes('dhcp')) || own.length === 0,
        addresses: fixed.map((network) =>
          withPrefix(textField(network, 'ip_address'), textField(network, 'netmask')),
        ),
        ...(gateway !== undefined && { gateway }),
        ...(gatewayIpv6 !== undefined && { gatewayIpv6 }),
        routes: fixed.flatMap(furtherRoutes),
        ...(Number.isInteger(mtu) && mtu > 0 && { mtu }),
      };
    });
  const services = [document, ...networks].flatMap((item) => listAt(item, 'services'));
  const nameservers = services
    .filter((service) => textField(service, 'type') === 'dns')
    .map((service) => textField(service, 'address'));
  return networkKeys({ interfaces, nameservers, search: [] });
}

/** The router of the route to everywhere. */
function gatewayOf(networks: readonly unknown[], everywhere: string): string | undefined {
  const isDefault = (route: unknown) =>
    textField(route, 'network') === everywhere && /^(0\.0\.0\.0|::|0|)$/.test(textField(route, 'netmask'));
  const routes = networks.flatMap((network) => [...listAt(network, 'routes')]).filter(isDefault);
  const written = networks.map((network) => textField(network, 'gateway'));
  const candidates = [...routes.map((route) => textField(route, 'gateway')), ...written];
  return candidates.find((gateway) => gateway !== '' && gateway.includes(':') === everywhere.includes(':'));
}

/** Routes to somewhere, and not to everywhere. */
function furtherRoutes(network: unknown): RoutePlan[] {
  return listAt(network, 'routes').flatMap((route) => {
    const via = textField(route, 'gateway');
    const to = withPrefix(textField(route, 'network'), textField(route, 'netmask'));
    return via === '' || to.startsWith('/') || to.endsWith('/0') ? [] : [{ to, via }];
  });
}

function listAt(value: unknown, name: string): readonly unknown[] {
  const list = field(value, name);
  return Array.isArray(list) ? list : [];
}
