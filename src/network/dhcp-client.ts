/** The DHCP client: dhcpcd(8), one for all interfaces, for IPv4 and IPv6. */
import { makeDirectories, writeFile } from '../linux/file.ts';
import { type Child, spawn } from '../linux/process.ts';

const DIRECTORY = '/run/netconf';
const CONFIGURATION = `${DIRECTORY}/dhcpcd.conf`;
/** Run by dhcpcd with each finding. It is this program, which knows by its environment what it is run for. */
const REPORT_PROGRAM = '/usr/bin/netconf';

/**
 * The text of dhcpcd.conf(5).
 * @param patterns names of interfaces, also of those that will come
 * @param exceptions names that match and are not meant
 */
export function dhcpcdConfiguration(patterns: readonly string[], exceptions: readonly string[]): string {
  const lines = [
    `allowinterfaces ${patterns.join(' ')}`,
    ...(exceptions.length > 0 ? [`denyinterfaces ${exceptions.join(' ')}`] : []),
    `script ${REPORT_PROGRAM}`,
    // to the server: our name, and an identity that stays the same without a file that does
    'hostname',
    'clientid',
    'duid ll',
    'slaac hwaddr',
    // from the server
    'option domain_name_servers, domain_name, domain_search, host_name, classless_static_routes, interface_mtu',
    'require dhcp_server_identifier',
    // at once and for ever
    'nodelay',
    'noarp',
    'timeout 0',
  ];
  return `${lines.join('\n')}\n`;
}

/** Starts dhcpcd, which ends with this process's container. Its messages go where ours go. */
export function startDhcpClient(patterns: readonly string[], exceptions: readonly string[]): Child {
  makeDirectories(DIRECTORY);
  writeFile(CONFIGURATION, dhcpcdConfiguration(patterns, exceptions));
  return spawn({
    command: ['dhcpcd', '--nobackground', '--quiet', '--config', CONFIGURATION],
    stdout: 1,
    stderr: 2,
  });
}
