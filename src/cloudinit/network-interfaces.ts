/** `rancher.network`, put together from what other formats say about each interface. */
import type { YamlMap } from '../config/merge.ts';

/** One interface, however it was written. */
export interface InterfacePlan {
  /** Its name, a pattern of names, or `mac=` and a hardware address: a key of `rancher.network.interfaces`. */
  readonly key: string;
  readonly dhcp?: boolean;
  /** With the length of the prefix. */
  readonly addresses?: readonly string[];
  readonly gateway?: string;
  readonly gatewayIpv6?: string;
  /** Those that do not lead everywhere. */
  readonly routes?: readonly RoutePlan[];
  readonly mtu?: number;
  /** The bond that it belongs to. */
  readonly bond?: string;
  /** Of the bond that it is. */
  readonly bondOptions?: Readonly<Record<string, string>>;
  /** The bridge that it belongs to, or `true` for one that it is. */
  readonly bridge?: string;
  /** Numbers and names of VLANs on it. */
  readonly vlans?: readonly { readonly id: number; readonly name: string }[];
}

/** As an entry of `routes`. */
export interface RoutePlan {
  readonly to: string;
  readonly via: string;
  readonly metric?: number;
}

export interface NetworkPlan {
  readonly interfaces: readonly InterfacePlan[];
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
}

/** The keys of `rancher.network`. Several plans for one interface become one. */
export function networkKeys({ interfaces, nameservers, search }: NetworkPlan): YamlMap {
  const entries = new Map<string, YamlMap>();
  for (const plan of interfaces) entries.set(plan.key, { ...entries.get(plan.key), ...interfaceKeys(plan) });
  const dns = {
    ...(nameservers.length > 0 && { nameservers: [...new Set(nameservers)] }),
    ...(search.length > 0 && { search: [...new Set(search)] }),
  };
  return {
    ...(entries.size > 0 && { interfaces: Object.fromEntries(entries) }),
    ...(Object.keys(dns).length > 0 && { dns }),
  };
}

function interfaceKeys(plan: InterfacePlan): YamlMap {
  const { addresses = [], vlans = [], bondOptions } = plan;
  const [first, ...more] = addresses;
  return {
    ...(plan.dhcp !== undefined && { dhcp: plan.dhcp }),
    ...(first !== undefined && { address: first }),
    ...(more.length > 0 && { addresses: [...addresses] }),
    ...(plan.gateway !== undefined && { gateway: plan.gateway }),
    ...(plan.gatewayIpv6 !== undefined && { gateway_ipv6: plan.gatewayIpv6 }),
    ...(plan.routes !== undefined && plan.routes.length > 0 && { routes: plan.routes.map(routeKeys) }),
    ...(plan.mtu !== undefined && { mtu: plan.mtu }),
    ...(plan.bond !== undefined && { bond: plan.bond }),
    ...(bondOptions !== undefined && { bond_opts: bondOptions }),
    ...(plan.bridge !== undefined && { bridge: plan.bridge }),
    ...(vlans.length > 0 && { vlans: vlans.map(({ id, name }) => `${id}:${name}`).join(',') }),
  };
}

function routeKeys({ to, via, metric }: RoutePlan): YamlMap {
  return { to, via, ...(metric !== undefined && { metric }) };
}

/** The length of the prefix of a netmask, `255.255.255.0` or `ffff:ffff::`; undefined if it is none. */
export function prefixLength(netmask: string): number | undefined {
  if (/^\d{1,3}$/.test(netmask)) return Number(netmask);
  const parts = netmask.includes(':')
    ? netmask
        .replace(/::.*$/, '')
        .split(':')
        .map((part) =>
          Number.parseInt(part || '0', 16)
            .toString(2)
            .padStart(16, '0'),
        )
    : netmask.split('.').map((part) => Number(part).toString(2).padStart(8, '0'));
  const bits = parts.join('');
  return /^1*0*$/.test(bits) ? bits.replace(/0+$/, '').length : undefined;
}

/** An address with the length of its prefix, which may be written with it, as a netmask, or not at all. */
export function withPrefix(address: string, netmask: string): string {
  if (address.includes('/')) {
    const [host = '', length = ''] = address.split('/');
    return `${host}/${prefixLength(length) ?? length}`;
  }
  const whole = address.includes(':') ? 128 : 32;
  return `${address}/${(netmask === '' ? undefined : prefixLength(netmask)) ?? (whole === 128 ? 64 : whole)}`;
}

/** An interface by its hardware address if that is known, for names may differ between systems. */
export function interfaceKey(name: string, hardwareAddress: string): string {
  return hardwareAddress === '' ? name : `mac=${hardwareAddress.toLowerCase()}`;
}
