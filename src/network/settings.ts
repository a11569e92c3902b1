/** `rancher.network`, read into what the network service works with. Addresses are texts in their shortest form. */
import type { Config } from '../config/schema.ts';
import { parseAddress } from '../linux/ip-address.ts';
import { type InterfaceSettings, readInterface } from './interface-settings.ts';
import type { ValueReader } from './value-reader.ts';
import { modemFiles, wifiFiles } from './wireless.ts';

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
  /** Lines of shell before and after everything. */
  readonly preCommands: readonly string[];
  readonly postCommands: readonly string[];
  /** Files for the programs that bring up wireless and mobile networks, by their names. They may hold secrets. */
  readonly files: ReadonlyMap<string, string>;
}

type NetworkConfig = NonNullable<NonNullable<Config['rancher']>['network']>;

const DHCP_TIMEOUT = 10;
/** Without any settings. */
const INTERFACES = { 'eth*': { dhcp: true } } as const;
const NAMESERVERS = ['8.8.8.8', '8.8.4.4'];

/** A value that cannot be used is left out, and `problems` gets a line that names its key and what was expected. */
export function readNetworkSettings(config: Config): { settings: NetworkSettings; problems: string[] } {
  const defaults = config.rancher?.defaults?.network;
  const network = withDefaults(config.rancher?.network, defaults);
  const problems: string[] = [];
  const read: ValueReader = (key, text, parse, expected) => {
    if (text == null) return undefined;
    const value = parse(text);
    if (value === undefined)
      problems.push(`rancher.network.${key}: expected ${expected}, got "${text}"; ignored`);
    return value;
  };
  const wifi = network.wifi_networks ?? {};
  const interfaces = Object.entries(network.interfaces ?? INTERFACES).map(([name, entry]) =>
    readInterface(name, entry, wifi, read),
  );
  const nameservers = (network.dns?.nameservers ?? []).filter(
    (text) => read('dns.nameservers', text, parseAddress, 'an address such as 192.168.1.1') !== undefined,
  );
  const settings = {
    interfaces,
    dns: { nameservers, search: network.dns?.search ?? [] },
    defaultDns: {
      nameservers: defaults?.dns?.nameservers ?? NAMESERVERS,
      search: defaults?.dns?.search ?? [],
    },
    dhcpTimeout: network.dhcp_timeout ?? DHCP_TIMEOUT,
    hasHostname: config.hostname != null,
    preCommands: network.pre_cmds ?? [],
    postCommands: network.post_cmds ?? [],
    files: new Map([...wifiFiles(interfaces, wifi), ...modemFiles(network.modem_networks ?? {})]),
  };
  return { settings, problems };
}

/** Each key where it is set; but name servers of the defaults count only where nobody else knows any. */
function withDefaults(
  network: NetworkConfig | null | undefined,
  defaults: NetworkConfig | null | undefined,
): NetworkConfig {
  const set = Object.entries(network ?? {}).filter(([, value]) => value != null);
  return { ...defaults, dns: undefined, ...Object.fromEntries(set) };
}
