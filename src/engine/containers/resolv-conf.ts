/** `/etc/resolv.conf` of a container (resolv.conf(5)). */
import type { HostConfig } from '../../oci/container-config.ts';

/** Whom a container asks for addresses: the machine's servers as they are, those it can reach, or the engine's own. */
export type NameService = 'host' | 'reachable' | 'engine';

/** Where the engine answers in a container's network namespace. */
export const ENGINE_NAME_SERVER = '127.0.0.11';

/** Docker's, for a machine whose servers all listen on its loopback only. */
const PUBLIC_SERVERS = ['8.8.8.8', '8.8.4.4'];

/**
 * The whole file.
 * @param host the machine's
 */
export function resolvConfFile(
  { Dns, DnsSearch, DnsOptions }: HostConfig,
  host: string,
  service: NameService,
): string {
  const keep = (keyword: string) => host.split('\n').filter((line) => line.startsWith(`${keyword} `));
  const lines = [
    ...nameServers(Dns ?? [], hostNameServers(host), service).map((address) => `nameserver ${address}`),
    ...(DnsSearch?.length
      ? [`search ${DnsSearch.filter((name) => name !== '.').join(' ')}`]
      : keep('search')),
    ...(DnsOptions?.length ? [`options ${DnsOptions.join(' ')}`] : keep('options')),
  ];
  const needsDots = service === 'engine' && !lines.some((line) => /^options .*\bndots:/.test(line));
  return [...lines, ...(needsDots ? ['options ndots:0'] : [])]
    .filter((line) => line !== 'search ')
    .map((line) => `${line}\n`)
    .join('');
}

/** The name servers that a file names. */
export function hostNameServers(host: string): string[] {
  return [...host.matchAll(/^nameserver[ \t]+(\S+)/gm)].map(([, address = '']) => address);
}

function nameServers(
  asked: readonly string[],
  host: readonly string[],
  service: NameService,
): readonly string[] {
  if (service === 'engine') return [ENGINE_NAME_SERVER];
  if (asked.length > 0) return asked;
  if (service === 'host') return host;
  const reachable = host.filter((address) => !/^(127\.|::1$)/.test(address));
  return reachable.length > 0 ? reachable : PUBLIC_SERVERS;
}
