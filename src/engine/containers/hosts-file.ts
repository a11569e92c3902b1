/** `/etc/hosts` of a container. */
import { readTextIfExists, writeFile } from '../../linux/file.ts';
import type { HostConfig } from '../../oci/container-config.ts';
import { invalidParameter } from '../errors.ts';
import type { Endpoint } from '../networks/endpoint.ts';
import type { ContainerRecord } from './container.ts';

const STANDARD = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/**
 * The whole file. In the host's network the host's own names hold as well.
 * @param gateway the address that `host-gateway` in `ExtraHosts` stands for
 */
export function hostsFile(record: ContainerRecord, gateway: string | undefined): string {
  const { NetworkMode } = record.hostConfig;
  const base = NetworkMode === 'host' ? (readTextIfExists('/etc/hosts') ?? STANDARD) : STANDARD;
  const own = Object.values(record.networks).flatMap(({ endpoint }) =>
    endpoint === undefined ? [] : [ownLines(record, endpoint)],
  );
  return [base, ...extraLines(record.hostConfig, gateway), ...own].join('');
}

/** Adds the names that a container has on a further network; the file may have been changed by the container. */
export function addToHostsFile(path: string, record: ContainerRecord, endpoint: Endpoint): void {
  const text = readTextIfExists(path) ?? '';
  writeFile(path, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${ownLines(record, endpoint)}`);
}

/** Removes them again. */
export function removeFromHostsFile(path: string, { ipv4, ipv6 }: Endpoint): void {
  const addresses = [ipv4.address, ipv6?.address];
  const lines = (readTextIfExists(path) ?? '').split('\n');
  writeFile(path, lines.filter((line) => !addresses.includes(line.split('\t')[0])).join('\n'));
}

function ownLines({ config }: ContainerRecord, { ipv4, ipv6 }: Endpoint): string {
  const { Hostname, Domainname } = config;
  if (!Hostname) return '';
  const names = Domainname ? `${Hostname}.${Domainname} ${Hostname}` : Hostname;
  return [ipv4, ...(ipv6 ? [ipv6] : [])].map(({ address }) => `${address}\t${names}\n`).join('');
}

function extraLines({ ExtraHosts }: HostConfig, gateway: string | undefined): string[] {
  return (ExtraHosts ?? []).map((entry) => {
    const [name = '', address] = splitHost(entry);
    if (address === undefined || name === '') throw invalidParameter(`bad format for add-host: "${entry}"`);
    if (address !== 'host-gateway') return `${address}\t${name}\n`;
    if (gateway === undefined) {
      throw invalidParameter('unable to derive the IP value for host-gateway: the container has no network');
    }
    return `${gateway}\t${name}\n`;
  });
}

/** `name:address` or `name=address`; the address may have colons. */
function splitHost(entry: string): [name?: string, address?: string] {
  const end = entry.search(/[:=]/);
  return end < 0 ? [entry] : [entry.slice(0, end), entry.slice(end + 1)];
}
