/**
 * What a service with wpa_supplicant(8) or wvdial(1) needs to bring up wireless and mobile networks: files in `DIRECTORY`.
 * The OS itself has neither program.
 */
import type { Config } from '../config/schema.ts';
import type { InterfaceSettings, WifiConfig } from './interface-settings.ts';

type NetworkConfig = NonNullable<NonNullable<Config['rancher']>['network']>;
type ModemConfig = NonNullable<NetworkConfig['modem_networks']>[string];

/** In memory, since there are secrets in them. */
export const WIRELESS_DIRECTORY = '/run/netconf';

/** Keys of a network block of wpa_supplicant.conf(5) that are not put in quotes. */
const BARE = ['scan_ssid', 'priority', 'pairwise', 'group', 'eap', 'eapol_flags', 'key_mgmt'] as const;
const QUOTED = ['ssid', 'identity', 'anonymous_identity', 'password'] as const;
/** Lists whose first entry is for the outer, whose second is for the inner authentication. */
const NUMBERED = {
  ca_certs: 'ca_cert',
  client_certs: 'client_cert',
  private_keys: 'private_key',
  private_key_passwds: 'private_key_passwd',
} as const;
/** A key instead of a passphrase. */
const RAW_KEY = /^[0-9a-fA-F]{64}$/;

/** `wpa_supplicant-<interface>.conf` of each interface with a wireless network. */
export function wifiFiles(
  interfaces: readonly InterfaceSettings[],
  networks: Readonly<Record<string, WifiConfig>>,
): [name: string, text: string][] {
  return interfaces.flatMap(({ match, wifiNetwork = '' }): [string, string][] => {
    const network = networks[wifiNetwork];
    return network && /^[\w.-]+$/.test(match)
      ? [[`wpa_supplicant-${match}.conf`, wpaSupplicantConfiguration(network)]]
      : [];
  });
}

/** The text of wpa_supplicant.conf(5) for one network. */
export function wpaSupplicantConfiguration(network: WifiConfig): string {
  const lines: string[] = [];
  const add = (key: string, value: string | number | null | undefined, isQuoted: boolean) => {
    if (value == null || value === '') return;
    lines.push(`  ${key}=${isQuoted ? quoted(String(value)) : oneLine(String(value))}`);
  };
  for (const key of QUOTED) add(key, network[key], true);
  // Blanks are part of a passphrase; it cannot be written with escapes.
  const psk = (network.psk ?? '').replace(/[\n\r]/g, ' ');
  add('psk', psk, !RAW_KEY.test(psk));
  for (const key of BARE) add(key, network[key], false);
  for (const [list, key] of Object.entries(NUMBERED) as [keyof typeof NUMBERED, string][]) {
    for (const [index, value] of (network[list] ?? []).entries()) {
      add(index === 0 ? key : `${key}${index + 1}`, value, true);
    }
  }
  for (const [index, value] of (network.phases ?? []).entries()) add(`phase${index + 1}`, value, true);
  return `ctrl_interface=/run/wpa_supplicant\nnetwork={\n${lines.join('\n')}\n}\n`;
}

/** The last quote of the line ends the text, so that others may be in it; only lines need escapes. */
function quoted(text: string): string {
  if (!/[\n\r]/.test(text)) return `"${text}"`;
  const escaped = text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `P"${escaped}"`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** `wvdial-<network>.conf` of each mobile network. */
export function modemFiles(networks: Readonly<Record<string, ModemConfig>>): [name: string, text: string][] {
  return Object.entries(networks)
    .filter(([name]) => /^[\w.-]+$/.test(name))
    .map(([name, network]) => [`wvdial-${name}.conf`, wvdialConfiguration(network)]);
}

/** The text of wvdial.conf(5). `extra_args` goes into the line that describes the access point to the modem. */
export function wvdialConfiguration({ apn, extra_args }: ModemConfig): string {
  const context = ['1', '"IP"', `"${oneLine(apn ?? '').replaceAll('"', '')}"`];
  const further = extra_args ? `,${oneLine(extra_args)}` : '';
  return [
    '[Dialer Defaults]',
    'Init1 = ATZ',
    `Init2 = AT+CGDCONT=${context.join(',')}${further}`,
    'Modem Type = USB Modem',
    'Modem = /dev/ttyUSB0',
    'Baud = 460800',
    'Phone = *99#',
    "Username = ''",
    "Password = ''",
    'Stupid Mode = yes',
    '',
  ].join('\n');
}
