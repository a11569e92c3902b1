/** /etc/resolv.conf (resolv.conf(5)). */
import type { DnsSettings } from './settings.ts';

/** The C library looks at no more. */
const MAXIMUM_NAMESERVERS = 3;

/**
 * The text of /etc/resolv.conf. Of each setting the first source that says something counts.
 * @param sources the configuration, then DHCP, then the defaults
 */
export function resolvConf(sources: readonly DnsSettings[]): string {
  const first = (values: (source: DnsSettings) => readonly string[]) =>
    sources.map(values).find((list) => list.length > 0) ?? [];
  const nameservers = first(({ nameservers }) => nameservers);
  const search = first(({ search }) => search);
  const lines = [
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...nameservers.slice(0, MAXIMUM_NAMESERVERS).map((address) => `nameserver ${address}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
