/** The files that the engine keeps for every container: `/etc/hostname`, `/etc/hosts` and `/etc/resolv.conf`. */
import { readTextIfExists, writeFile } from '../../linux/file.ts';
import type { HostConfig } from '../../oci/container-config.ts';
import type { BindMount } from '../../oci/mounts.ts';
import { joinedContainer } from '../../oci/namespaces.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import type { Container } from './container.ts';

const STANDARD_HOSTS = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** Where the files lie: with the container, or with the one whose network it joins. */
export function etcFilePaths(engine: Engine, container: Container) {
  const donor = joinedContainer(container.record.hostConfig.NetworkMode);
  const owner = donor === undefined ? container : engine.containers.get(donor);
  const directory = engine.containers.directory(owner.id);
  return {
    hostname: `${directory}/hostname`,
    hosts: `${directory}/hosts`,
    resolvConf: `${directory}/resolv.conf`,
  };
}

/** Writes the files, as they are to be for this run, and tells how they are mounted. */
export function writeEtcFiles(engine: Engine, container: Container): BindMount[] {
  const { config, hostConfig } = container.record;
  const paths = etcFilePaths(engine, container);
  if (joinedContainer(hostConfig.NetworkMode) === undefined) {
    writeFile(paths.hostname, `${config.Hostname ?? ''}\n`);
    writeFile(paths.hosts, hostsFile(hostConfig));
    writeFile(paths.resolvConf, resolvConfFile(hostConfig));
  }
  return [
    { source: paths.resolvConf, destination: '/etc/resolv.conf', propagation: 'rprivate' },
    { source: paths.hostname, destination: '/etc/hostname', propagation: 'rprivate' },
    { source: paths.hosts, destination: '/etc/hosts', propagation: 'rprivate' },
  ];
}

/** In the host's network the host's own names hold as well. */
function hostsFile({ NetworkMode, ExtraHosts }: HostConfig): string {
  const base = NetworkMode === 'host' ? (readTextIfExists('/etc/hosts') ?? STANDARD_HOSTS) : STANDARD_HOSTS;
  const extra = (ExtraHosts ?? []).map((entry) => {
    const [name = '', address] = splitHost(entry);
    if (address === undefined || name === '') throw invalidParameter(`bad format for add-host: "${entry}"`);
    return `${address}\t${name}\n`;
  });
  return base + extra.join('');
}

/** `name:address` or `name=address`; the address may have colons. */
function splitHost(entry: string): [name?: string, address?: string] {
  const end = entry.search(/[:=]/);
  return end < 0 ? [entry] : [entry.slice(0, end), entry.slice(end + 1)];
}

function resolvConfFile({ Dns, DnsSearch, DnsOptions }: HostConfig): string {
  const host = readTextIfExists('/etc/resolv.conf') ?? '';
  const keep = (keyword: string) => host.split('\n').filter((line) => line.startsWith(`${keyword} `));
  const lines = [
    ...(Dns?.length ? Dns.map((address) => `nameserver ${address}`) : keep('nameserver')),
    ...(DnsSearch?.length
      ? [`search ${DnsSearch.filter((name) => name !== '.').join(' ')}`]
      : keep('search')),
    ...(DnsOptions?.length ? [`options ${DnsOptions.join(' ')}`] : keep('options')),
  ];
  return lines
    .filter((line) => line !== 'search ')
    .map((line) => `${line}\n`)
    .join('');
}
