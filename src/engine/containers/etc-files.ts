/** The files that the engine keeps for every container: `/etc/hostname`, `/etc/hosts` and `/etc/resolv.conf`. */
import { changeOwner, readTextIfExists, writeFile } from '../../linux/file.ts';
import type { BindMount } from '../../oci/mounts.ts';
import { joinedContainer } from '../../oci/namespaces.ts';
import type { Engine } from '../engine.ts';
import { gatewayAttachment } from '../networks/gateway.ts';
import { hostsOfLinks } from '../networks/links.ts';
import { isUserDefined, type Network } from '../networks/network.ts';
import { remappingOf } from '../user-namespaces/container-user-namespace.ts';
import type { Container } from './container.ts';
import { hostsFile } from './hosts-file.ts';
import { type NameService, resolvConfFile } from './resolv-conf.ts';

/** Where the files lie: with the container, or with the one whose network it joins, as long as that exists. */
export function etcFilePaths(engine: Engine, container: Container) {
  const donor = joinedContainer(container.record.hostConfig.NetworkMode);
  const owner = donor === undefined ? undefined : engine.containers.find(donor);
  const directory = engine.containers.directory((owner ?? container).id);
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
    const networks = engine.networks.list();
    const gateway = gatewayAttachment(container.record.networks, networks)?.endpoint?.ipv4.gateway;
    writeFile(
      paths.hosts,
      hostsFile(container.record, gateway, hostsOfLinks(engine.containers, container.record)),
    );
    writeFile(paths.resolvConf, generatedResolvConf(engine, container, nameService(container, networks)));
    const owner = remappingOf(engine, hostConfig)?.root;
    if (owner !== undefined) {
      for (const path of Object.values(paths)) changeOwner(path, owner.uid, owner.gid);
    }
  }
  return [
    { source: paths.resolvConf, destination: '/etc/resolv.conf', propagation: 'rprivate' },
    { source: paths.hostname, destination: '/etc/hostname', propagation: 'rprivate' },
    { source: paths.hosts, destination: '/etc/hosts', propagation: 'rprivate' },
  ];
}

/**
 * Makes `resolv.conf` of a container that runs fit another service; unless somebody has changed the file.
 * @returns whether it fits
 */
export function changeNameService(
  engine: Engine,
  container: Container,
  from: NameService,
  to: NameService,
): boolean {
  const path = etcFilePaths(engine, container).resolvConf;
  if (readTextIfExists(path) !== generatedResolvConf(engine, container, from)) return false;
  writeFile(path, generatedResolvConf(engine, container, to));
  return true;
}

/** What a container does not say is as the daemon's flags say, or as on the host. */
function generatedResolvConf(engine: Engine, { record }: Container, service: NameService): string {
  const { Dns, DnsSearch, DnsOptions } = record.hostConfig;
  const { dns } = engine.options.networks;
  const settings = {
    Dns: Dns?.length ? Dns : dns.Dns,
    DnsSearch: DnsSearch?.length ? DnsSearch : dns.DnsSearch,
    DnsOptions: DnsOptions?.length ? DnsOptions : dns.DnsOptions,
  };
  return resolvConfFile(settings, readTextIfExists('/etc/resolv.conf') ?? '', service);
}

/** Joined networks decide: with a user-defined one among them, the engine knows names that nobody else does. */
export function nameService({ record }: Container, networks: readonly Network[]): NameService {
  const joined = Object.values(record.networks).flatMap(({ networkId }) =>
    networks.filter(({ id }) => id === networkId),
  );
  if (joined.some(isUserDefined)) return 'engine';
  return joined.some(({ driver }) => driver === 'bridge') ? 'reachable' : 'host';
}
