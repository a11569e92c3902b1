/** `rancher.network`, read into what the network service works with. */
import type { Config } from '../config/schema.ts';
import { type PrefixedAddress, parseAddress, parsePrefixedAddress } from '../linux/ip-address.ts';
import { matchesWildcards } from '../linux/wildcards.ts';

/** What one key of `rancher.network.interfaces` asks for. */
export interface InterfaceSettings {
  /** A name (`eth0`), a pattern of names (`eth*`), or `mac=` and a hardware address. */
  readonly match: string;
  readonly dhcp: boolean;
  readonly address?: PrefixedAddress;
  readonly gateway?: Uint8Array;
}

export interface DnsSettings {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
}

export interface NetworkSettings {
  readonly interfaces: readonly InterfaceSettings[];
  /** What the configuration asks for; it goes before what DHCP says. */
  readonly dns: DnsSettings;
  /** For when neither the configuration nor DHCP says anything. */
  readonly defaultDns: DnsSettings;
  /** Seconds without an address after which there is a warning. */
  readonly dhcpTimeout: number;
  /** Whether the configuration names the machine, so that DHCP does not. */
  readonly hasHostname: boolean;
}

const DHCP_TIMEOUT = 10;
/** Without any settings. */
const INTERFACES = { 'eth*': { dhcp: true } } as const;

/** A value that cannot be used is left out, and `problems` gets a line that names its key and what was expected. */
export function readNetworkSettings(config: Config): { settings: NetworkSettings; problems: string[] } {
  const network = config.rancher?.network;
  const defaults = config.rancher?.defaults?.network;
  const problems: string[] = [];
  const parsed = <Value>(
    key: string,
    text: string | null | undefined,
    parse: (text: string) => Value | undefined,
    expected: string,
  ): Value | undefined => {
    if (text == null) return undefined;
    const value = parse(text);
    if (value === undefined)
      problems.push(`rancher.network.${key}: expected ${expected}, got "${text}"; ignored`);
    return value;
  };

  const configured = network?.interfaces ?? defaults?.interfaces ?? INTERFACES;
  const interfaces = Object.entries(configured).map(([match, { dhcp, address, gateway }]) => {
    const key = `interfaces.${match}`;
    const ownAddress = parsed(
      `${key}.address`,
      address,
      parsePrefixedAddress,
      'an address such as 192.168.1.2/24',
    );
    const router = parsed(`${key}.gateway`, gateway, parseAddress, 'an address such as 192.168.1.1');
    return {
      match,
      dhcp: dhcp ?? false,
      ...(ownAddress === undefined ? {} : { address: ownAddress }),
      ...(router === undefined ? {} : { gateway: router }),
    };
  });
  const nameservers = (network?.dns?.nameservers ?? []).filter(
    (text) => parsed('dns.nameservers', text, parseAddress, 'an address such as 192.168.1.1') !== undefined,
  );
  const settings = {
    interfaces,
    dns: { nameservers, search: network?.dns?.search ?? [] },
    defaultDns: { nameservers: defaults?.dns?.nameservers ?? [], search: defaults?.dns?.search ?? [] },
    dhcpTimeout: network?.dhcp_timeout ?? defaults?.dhcp_timeout ?? DHCP_TIMEOUT,
    hasHostname: config.hostname != null,
  };
  return { settings, problems };
}

/** The settings of an interface: a hardware address goes before a name, a name before a pattern. */
export function settingsFor(
  link: { readonly name: string; readonly hardwareAddress: string },
  interfaces: readonly InterfaceSettings[],
): InterfaceSettings | undefined {
  return (
    interfaces.find(({ match }) => hardwareAddressOf(match) === link.hardwareAddress) ??
    interfaces.find(({ match }) => match === link.name) ??
    interfaces.find(({ match }) => matchesWildcards(match, link.name))
  );
}

function hardwareAddressOf(match: string): string | undefined {
  return /^mac[=:](.+)$/.exec(match)?.[1]?.toLowerCase();
}
