/** Keeps the packet filter's table as the running containers need it; without any there is none. */
import { forgetUdpFlows } from '../../linux/connection-tracking.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { log } from '../../linux/log.ts';
import { deleteTable, replaceTable } from '../../linux/nftables.ts';
import type { Container } from '../containers/container.ts';
import type { Endpoint } from './endpoint.ts';
import { gatewayAttachment } from './gateway.ts';
import { membersOf } from './members.ts';
import type { Network } from './network.ts';
import { type PortRule, rulesFor } from './rules.ts';

export class PacketFilter {
  /** What the table was made of; undefined as long as it is not known what the kernel has. */
  #applied: string | undefined;
  /** The published ports of UDP in the table, each as text. */
  #udpPorts: ReadonlySet<string> = new Set();
  readonly #table: string;

  /** @param table its name; another engine on the same network has another */
  constructor(table: string) {
    this.#table = table;
  }

  /**
   * Makes it fit; the whole table is replaced in one step, if anything has changed.
   * @param networks all of the engine's
   * @param containers all of the engine's
   */
  update(networks: readonly Network[], containers: readonly Container[]): void {
    const used = networks.filter(
      (network) => network.driver === 'bridge' && membersOf(network, containers).length > 0,
    );
    const ports = containers.flatMap((container) => portRules(container, networks));
    const wanted = JSON.stringify([used.map(({ id }) => id), ports]);
    if (wanted === this.#applied) return;
    if (used.length === 0) deleteTable(this.#table);
    else replaceTable({ name: this.#table, chains: rulesFor(used, ports) });
    this.#applied = wanted;
    this.#forgetOldFlows(ports.filter(({ protocol }) => protocol === 'udp'));
  }

  /** Who sends by UDP to a port that leads elsewhere now has to be led there, too. */
  #forgetOldFlows(ports: readonly PortRule[]): void {
    const before = this.#udpPorts;
    const now = new Set(ports.map((port) => JSON.stringify(port)));
    this.#udpPorts = now;
    const changed = [...before, ...now].filter((port) => !(before.has(port) && now.has(port)));
    for (const text of changed) {
      const { hostIp, hostPort } = JSON.parse(text) as PortRule;
      try {
        forgetUdpFlows(hostIp.includes(':') ? 'ipv6' : 'ipv4', hostPort);
      } catch (error) {
        log.warn(`old senders to UDP port ${hostPort} may not be heard: ${errorMessage(error)}`);
      }
    }
  }
}

function portRules({ record }: Container, networks: readonly Network[]): PortRule[] {
  const endpoint = gatewayAttachment(record.networks, networks)?.endpoint;
  if (endpoint === undefined) return [];
  return record.ports.flatMap((port) => {
    const containerAddress = addressOfFamily(endpoint, port.hostIp);
    return containerAddress === undefined ? [] : [{ ...port, containerAddress }];
  });
}

function addressOfFamily({ ipv4, ipv6 }: Endpoint, hostIp: string): string | undefined {
  return hostIp.includes(':') ? ipv6?.address : ipv4.address;
}
