/** `ports` and `expose`: which ports of a container are reached from where. */
import { isMap } from '../config/merge.ts';
import type { ContainerConfig, HostConfig } from '../oci/container-config.ts';
import { text } from './compose-value.ts';
import { ServiceError } from './service-error.ts';

/** One range of ports, published or only exposed. */
interface Ports {
  readonly protocol: string;
  readonly first: number;
  readonly last: number;
  readonly hostAddress: string;
  /** Absent: any free port. */
  readonly host?: { readonly first: number; readonly last: number };
}

/** `ports`, each `[[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]`, a number, or a map; HOST and CONTAINER may be ranges. */
export function publish(
  draft: { config: ContainerConfig; host: HostConfig },
  value: unknown,
  place: string,
): void {
  const bindings: NonNullable<HostConfig['PortBindings']> = {};
  for (const [item, at] of items(value, place)) {
    const ports = isMap(item) ? longForm(item, at) : shortForm(text(item, at), at);
    const { protocol, hostAddress, host } = ports;
    for (let port = ports.first; port <= ports.last; port += 1) {
      const key = `${port}/${protocol}`;
      const hostPort = host === undefined ? '' : hostPortOf(ports, host, port);
      bindings[key] = [...(bindings[key] ?? []), { HostIp: hostAddress, HostPort: hostPort }];
    }
  }
  draft.host.PortBindings = bindings;
  addExposed(draft.config, Object.keys(bindings));
}

/** `expose`: each `PORT[-PORT][/PROTOCOL]`. */
export function expose(draft: { config: ContainerConfig }, value: unknown, place: string): void {
  const keys = items(value, place).flatMap(([item, at]) => {
    const { first, last, protocol } = shortForm(text(item, at), at);
    return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
  });
  addExposed(draft.config, keys);
}

function addExposed(config: ContainerConfig, keys: readonly string[]): void {
  config.ExposedPorts = { ...config.ExposedPorts, ...Object.fromEntries(keys.map((key) => [key, {}])) };
}

function items(value: unknown, place: string): [unknown, string][] {
  if (!Array.isArray(value)) throw new ServiceError(`${place}: expected a list`);
  return value.map((item: unknown, index) => [item, `${place}[${index}]`]);
}

/** As many host ports as container ports, or a range for one port, out of which the engine chooses. */
function hostPortOf(ports: Ports, host: NonNullable<Ports['host']>, port: number): string {
  if (host.first === host.last) return String(host.first);
  return ports.first === ports.last ? `${host.first}-${host.last}` : String(host.first + port - ports.first);
}

function shortForm(written: string, place: string): Ports {
  const shape = /^(?:(?:(\[[\da-fA-F:]+\]|[\d.]+):)?(\d+(?:-\d+)?)?:)?(\d+(?:-\d+)?)(?:\/(tcp|udp|sctp))?$/i;
  const [, address = '', host, container, protocol = 'tcp'] = shape.exec(written) ?? [];
  if (container === undefined) {
    throw new ServiceError(`${place}: expected [[ADDRESS:]HOST:]CONTAINER[/PROTOCOL], got "${written}"`);
  }
  return withHost(range(container, place), host, {
    protocol: protocol.toLowerCase(),
    hostAddress: address.replace(/[[\]]/g, ''),
    place,
  });
}

function longForm(item: Readonly<Record<string, unknown>>, place: string): Ports {
  const target = range(text(item['target'] ?? '', `${place}.target`), `${place}.target`);
  const { published, protocol, host_ip } = item;
  return withHost(target, published == null ? undefined : text(published, `${place}.published`), {
    protocol: protocol == null ? 'tcp' : text(protocol, `${place}.protocol`),
    hostAddress: host_ip == null ? '' : text(host_ip, `${place}.host_ip`),
    place,
  });
}

function withHost(
  container: { first: number; last: number },
  host: string | undefined,
  { protocol, hostAddress, place }: { protocol: string; hostAddress: string; place: string },
): Ports {
  if (host === undefined || host === '') return { ...container, protocol, hostAddress };
  const hostRange = range(host, place);
  const length = container.last - container.first;
  if (length > 0 && hostRange.last - hostRange.first !== length) {
    throw new ServiceError(`${place}: the ranges of ports have different lengths`);
  }
  return { ...container, protocol, hostAddress, host: hostRange };
}

function range(written: string, place: string): { first: number; last: number } {
  const [, begin, end = begin] = /^(\d+)(?:-(\d+))?$/.exec(written) ?? [];
  const [first, last] = [Number(begin), Number(end)];
  if (!(first > 0 && first <= last && last <= 65535)) {
    throw new ServiceError(`${place}: expected ports from 1 to 65535, got "${written}"`);
  }
  return { first, last };
}
