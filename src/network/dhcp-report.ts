/**
 * What dhcpcd reports: it runs a program with its findings in the environment (dhcpcd-run-hooks(8)).
 * That program is `netconf` itself, which passes them on to the one that started dhcpcd.
 */
import type { DnsSettings } from './settings.ts';

/** Where the running `netconf` hears of them. */
export const REPORT_SOCKET = '/run/netconf.sock';

/** What comes from the network goes into a file that has lines. */
const DOMAIN = /^[\w.-]+$/;

export interface DhcpReport {
  readonly interface: string;
  /** Such as `BOUND`, `EXPIRE`, `ROUTERADVERT`, `NOCARRIER`. */
  readonly reason: string;
  /** Which protocol it is about: `dhcp`, `dhcp6`, `ra`; `link` is about all of them. */
  readonly protocol: string;
  /** Whether it works now, does not work any more, or nothing changed. */
  readonly state: 'up' | 'down' | 'same';
  /** With its prefix length. */
  readonly address: string | undefined;
  readonly dns: DnsSettings;
  /** The name that the server gives this machine. */
  readonly hostname: string | undefined;
}

/** Reads `NAME=value` strings; undefined if they are not from dhcpcd. */
export function parseDhcpReport(environment: readonly string[]): DhcpReport | undefined {
  const variables = new Map(
    environment.map((entry) => {
      const equals = entry.indexOf('=');
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
  const [name, reason] = [variables.get('interface'), variables.get('reason')];
  if (name === undefined || reason === undefined) return undefined;
  const words = (pattern: RegExp) =>
    [...variables]
      .filter(([key]) => pattern.test(key))
      .flatMap(([, value]) => value.split(' ').filter(Boolean));
  const address = variables.get('new_ip_address');
  return {
    interface: name,
    reason,
    protocol: variables.get('protocol') ?? 'link',
    state: stateOf(variables),
    address: address && `${address}/${variables.get('new_subnet_cidr') ?? '32'}`,
    dns: {
      nameservers: words(/^(new_domain_name_servers|new_dhcp6_name_servers|nd\d+_rdnss\d*_servers)$/),
      search: words(
        /^(new_domain_search|new_domain_name|new_dhcp6_domain_search|nd\d+_dnssl\d*_search)$/,
      ).filter((domain) => DOMAIN.test(domain)),
    },
    hostname: variables.get('new_host_name'),
  };
}

function stateOf(variables: ReadonlyMap<string, string>): DhcpReport['state'] {
  if (variables.get('if_up') === 'true') return 'up';
  return variables.get('if_down') === 'true' ? 'down' : 'same';
}

/** What is known of each interface by each protocol. */
export class Leases {
  readonly #reports = new Map<string, DhcpReport>();

  add(report: DhcpReport): void {
    const key = `${report.interface} ${report.protocol}`;
    if (report.state === 'up') this.#reports.set(key, report);
    else if (report.state === 'down') {
      for (const [other, { interface: name }] of this.#reports) {
        if (other === key || (report.protocol === 'link' && name === report.interface))
          this.#reports.delete(other);
      }
    }
  }

  /** The name servers and domains of all leases, each once. */
  dns(): DnsSettings {
    const all = [...this.#reports.values()];
    return {
      nameservers: [...new Set(all.flatMap(({ dns }) => dns.nameservers))],
      search: [...new Set(all.flatMap(({ dns }) => dns.search))],
    };
  }

  /** Forgets the interfaces that do not ask any more. */
  keepOnly(isMeant: (name: string) => boolean): void {
    for (const [key, { interface: name }] of this.#reports) if (!isMeant(name)) this.#reports.delete(key);
  }

  /** Whether an interface has a lease or a router. */
  has(name: string): boolean {
    return [...this.#reports.values()].some((report) => report.interface === name);
  }
}
