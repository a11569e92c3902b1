/** Published ports of a container that starts: chosen, and reserved on the machine. */
import { log } from '../../linux/log.ts';
import type { Container } from '../containers/container.ts';
import type { Engine } from '../engine.ts';
import { EngineError } from '../errors.ts';
import type { Endpoint } from './endpoint.ts';
import { gatewayAttachment } from './gateway.ts';
import { forwardLoopback } from './loopback-forward.ts';
import { bridgeSettings } from './network.ts';
import { type PortRequest, portRequests } from './port-bindings.ts';

/** Publishes what the container wants to have published, if it has a network to the outside. */
export function publishPorts(engine: Engine, container: Container): void {
  const { record } = container;
  const gateway = gatewayAttachment(record.networks, engine.networks.list());
  const endpoint = gateway?.endpoint;
  if (endpoint === undefined) return;
  const { hostAddress } = bridgeSettings(engine.networks.get(gateway?.networkId ?? ''));
  const requests = portRequests(record.config, record.hostConfig).filter((request) =>
    isReachable(request, endpoint, record.name),
  );
  try {
    record.ports = engine.publishedPorts.reserve(requests, {
      hostAddresses: [hostAddress, ...(endpoint.ipv6 && hostAddress === '0.0.0.0' ? ['::'] : [])],
      containerAddress: endpoint.ipv4.address,
    });
    forwardLoopback(engine, container);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(
      error.status,
      `driver failed programming external connectivity on endpoint ${record.name} (${endpoint.id}): ${error.message}`,
      { cause: error },
    );
  }
}

/**
 * Packets keep their family, but connections by `::1` are not led by packets. As in Docker without its proxy, the container
 * starts without a port that cannot be.
 */
function isReachable({ hostIp, port, protocol }: PortRequest, { ipv6 }: Endpoint, name: string): boolean {
  if (hostIp === '::1' && protocol === 'udp') {
    log.warn(`port ${port}/udp of ${name} is not published on ::1, where there is TCP only`);
    return false;
  }
  if (!hostIp.includes(':') || hostIp === '::1' || ipv6 !== undefined) return true;
  log.warn(`port ${port} of ${name} is not published on ${hostIp}: the container has no IPv6`);
  return false;
}
