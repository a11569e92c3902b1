/** /etc/hosts (hosts(5)). */

/** The address by which a machine knows its own name without a network. */
const OWN_ADDRESS = '127.0.1.1';
const OWN_LINE = /^127\.0\.1\.1\s/;

/** A new /etc/hosts for a machine of this name, which may have a domain. */
export function hostsFile(hostname: string, fqdn?: string): string {
  const lines = [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'ff02::1\tip6-allnodes',
    'ff02::2\tip6-allrouters',
    ownLine(hostname, fqdn),
  ];
  return `${lines.join('\n')}\n`;
}

/** The text of /etc/hosts with this machine's name in it; its domain and other lines stay as and where they are. */
export function withHostname(hosts: string, hostname: string): string {
  const lines = hosts.split('\n').filter((line) => line !== '');
  const index = lines.findIndex((line) => OWN_LINE.test(line));
  const own = ownLine(hostname, lines[index]?.split(/\s+/)[1]);
  const others = (part: readonly string[]) => part.filter((line) => !OWN_LINE.test(line));
  const place = index === -1 ? lines.length : index;
  return `${[...others(lines.slice(0, place)), own, ...others(lines.slice(place))].join('\n')}\n`;
}

/** With a domain, the short name is known as well. */
function ownLine(hostname: string, fqdn = ''): string {
  if (fqdn.startsWith(`${hostname}.`)) return [OWN_ADDRESS, fqdn, hostname].join('\t');
  const [short = hostname] = hostname.split('.');
  return [OWN_ADDRESS, hostname, ...(short === hostname ? [] : [short])].join('\t');
}
