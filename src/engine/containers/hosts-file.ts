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
 * @param links lines for the containers that it is linked to
 */
export function hostsFile(
  record: ContainerRecord,
  gateway: string | undefined,
  links: readonly string[],
): string {
  const { NetworkMode } = record.hostConfig;
  const base = NetworkMode === 'host' ? (readTextIfExists('/etc/hosts') ?? STANDARD) : STANDARD;
  const own = Object.values(record.networks).flatMap(({ endpoint }) =>
    endpoint === undefined ? [] : [ownLines(record, endpoint)],
  );
  return [base, ...extraLines(record.hostConfig, gateway), ...links, ...own].join('');
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

/** Gives a name, the first of its line, another address; the line is added if there is none. */
export function changeAddressInHostsFile(path: string, name: string, address: string): void {
  const lines = (readTextIfExists(path) ?? '').split('\n');
  const isOfName = (line: string) => line.split(/[ \t]+/)[1] === name;
  const changed = lines.map((line) => (isOfName(line) ? line.replace(/^\S+/, address) : line));
  if (!lines.some(isOfName)) changed.splice(-1, 0, `${address}\t${name}`);
  writeFile(path, changed.join('\n'));
}

/** Removes the line whose first name this is. */
export function removeNameFromHostsFile(path: string, name: string): void {
  const lines = (readTextIfExists(path) ?? '').split('\n');
  writeFile(path, lines.filter((line) => line.split(/[ \t]+/)[1] !== name).join('\n'));
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
