/** What of a container is to be published where: `PortBindings` and `ExposedPorts`. Pure functions. */

import { parseAddress } from '../../linux/ip-address.ts';
import type { ContainerConfig, HostConfig } from '../../oci/container-config.ts';
import { invalidParameter } from '../errors.ts';

export type PortProtocol = 'tcp' | 'udp';

/** A port in the container, such as `80/tcp`. */
export interface ContainerPort {
  readonly port: number;
  readonly protocol: PortProtocol;
}

/** One wish to have a port published. */
export interface PortRequest extends ContainerPort {
  /** Empty: every address. */
  readonly hostIp: string;
  /** The first free one of these; 0 to 0 for any. */
  readonly firstHostPort: number;
  readonly lastHostPort: number;
}

/** A port that is published. */
export interface PublishedPort extends ContainerPort {
  /** `0.0.0.0` and `::` stand for every address of their family. */
  readonly hostIp: string;
  readonly hostPort: number;
}

/** Such as `80/tcp`. */
export function formatContainerPort({ port, protocol }: ContainerPort): string {
  return `${port}/${protocol}`;
}

/** Every port that the container says it serves, or that is to be published. */
export function exposedPorts(config: ContainerConfig, hostConfig: HostConfig): ContainerPort[] {
  const keys = [...Object.keys(config.ExposedPorts ?? {}), ...Object.keys(hostConfig.PortBindings ?? {})];
  return [...new Set(keys)].flatMap(parseContainerPorts).sort((a, b) => a.port - b.port);
}

/** What is to be published. Throws 400 for bindings that cannot be read. */
export function portRequests(config: ContainerConfig, hostConfig: HostConfig): PortRequest[] {
  const bindings = Object.entries(hostConfig.PortBindings ?? {}).flatMap(([key, wishes]) =>
    parseContainerPorts(key).flatMap((port) => wishes.map((wish) => portRequest(port, wish))),
  );
  if (!hostConfig.PublishAllPorts) return bindings;
  const isBound = ({ port, protocol }: ContainerPort) =>
    bindings.some((binding) => binding.port === port && binding.protocol === protocol);
  const others = exposedPorts(config, hostConfig).filter((port) => !isBound(port));
  return [...bindings, ...others.map((port) => ({ ...port, hostIp: '', firstHostPort: 0, lastHostPort: 0 }))];
}

function portRequest(
  port: ContainerPort,
  { HostIp, HostPort }: { HostIp?: string | null | undefined; HostPort?: string | null | undefined },
): PortRequest {
  const hostIp = HostIp ?? '';
  if (hostIp !== '' && parseAddress(hostIp) === undefined) {
    throw invalidParameter(`invalid IP address: ${hostIp}`);
  }
  const [first, last] = HostPort ? parseRange(HostPort, `invalid port specification: "${HostPort}"`) : [0, 0];
  return { ...port, hostIp, firstHostPort: first, lastHostPort: last };
}

/** Reads `80`, `80/udp` or `8000-8010/tcp`. Throws 400 for anything else. */
export function parseContainerPorts(key: string): ContainerPort[] {
  const error = `invalid port specification: "${key}"`;
  const [range = '', protocol = 'tcp', ...rest] = key.toLowerCase().split('/');
  if (rest.length > 0 || (protocol !== 'tcp' && protocol !== 'udp')) {
    throw invalidParameter(protocol === 'sctp' ? `${error}: this engine publishes TCP and UDP only` : error);
  }
  const [first, last] = parseRange(range, error);
  return Array.from({ length: last - first + 1 }, (_, index) => ({ port: first + index, protocol }));
}

function parseRange(text: string, error: string): [first: number, last: number] {
  const [, start, end = start] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(start), Number(end)];
  if (!(first <= last && last <= 65535)) throw invalidParameter(error);
  return [first, last];
}
