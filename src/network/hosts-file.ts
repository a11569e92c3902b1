/** /etc/hosts (hosts(5)). */

/** The address by which a machine knows its own name without a network. */
const OWN_ADDRESS = '127.0.1.1';

/** A new /etc/hosts for a machine of this name. */
export function hostsFile(hostname: string): string {
  const lines = [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'ff02::1\tip6-allnodes',
    'ff02::2\tip6-allrouters',
    ownLine(hostname),
  ];
  return `${lines.join('\n')}\n`;
}

/** The text of /etc/hosts with this machine's name in it; other lines stay as they are. */
export function withHostname(hosts: string, hostname: string): string {
  const lines = hosts.split('\n').filter((line) => line !== '' && !/^127\.0\.1\.1\s/.test(line));
  return `${[...lines, ownLine(hostname)].join('\n')}\n`;
}

/** With a domain, the short name is known as well. */
function ownLine(hostname: string): string {
  const [short = hostname] = hostname.split('.');
  return [OWN_ADDRESS, hostname, ...(short === hostname ? [] : [short])].join('\t');
}
