/**
 * Published ports belong to the engine as long as it holds a socket that is bound to them. Packets are led to the container
 * before they get there. But no other program can take the port, and one that has it is noticed.
 */
import { isErrno } from '../../linux/errno.ts';
import { readText } from '../../linux/file.ts';
import { close } from '../../linux/file-descriptor.ts';
import { holdPort } from '../../linux/port-holder.ts';
import { resumeListening } from '../../linux/socket.ts';
import type { Stream } from '../../linux/stream.ts';
import { EngineError } from '../errors.ts';
import { formatContainerPort, type PortRequest, type PublishedPort } from './port-bindings.ts';

/** Where a port goes that names no address, and where in the container it leads. */
export interface PublishingPlace {
  /** Addresses that stand for all of a family: `0.0.0.0`, and `::` if the container has IPv6. */
  readonly hostAddresses: readonly string[];
  /** The container's address, for messages. */
  readonly containerAddress: string;
}

interface HeldSocket {
  readonly fd: number;
  close(): void;
}

export class PortReservations {
  /** The sockets, by the ports. */
  readonly #held = new Map<string, HeldSocket>();

  /** Reserves a port for each request, or none. Throws EngineError 500 in Docker's words. */
  reserve(requests: readonly PortRequest[], place: PublishingPlace): PublishedPort[] {
    const reserved: PublishedPort[] = [];
    try {
      for (const request of requests) reserved.push(...this.#reserveOne(request, place));
      return reserved;
    } catch (error) {
      this.release(reserved);
      throw error;
    }
  }

  /** Takes ports again that are published already. One that is gone is reported to the caller by the error. */
  resume(ports: readonly PublishedPort[]): void {
    for (const port of ports) this.#hold(port);
  }

  release(ports: readonly PublishedPort[]): void {
    for (const port of ports) {
      const key = keyOf(port);
      this.#held.get(key)?.close();
      this.#held.delete(key);
    }
  }

  /** Listens on a TCP port that is held, for connections that nothing leads to the container. */
  listen(port: PublishedPort, onConnection: (stream: Stream) => void): void {
    const held = this.#held.get(keyOf(port));
    if (held === undefined) return;
    this.#held.set(keyOf(port), resumeListening(held.fd, hostSide(port), onConnection));
  }

  #reserveOne(request: PortRequest, place: PublishingPlace): PublishedPort[] {
    const { port, protocol, hostIp, firstHostPort, lastHostPort } = request;
    const addresses = hostIp === '' ? place.hostAddresses : [hostIp];
    const isAny = firstHostPort === 0;
    const [first, last] = isAny ? ephemeralRange() : [firstHostPort, lastHostPort];
    for (let hostPort = first; hostPort <= last; hostPort++) {
      const published = addresses.map((address) => ({ port, protocol, hostIp: address, hostPort }));
      try {
        this.#holdAll(published);
        return published;
      } catch (error) {
        const isTaken = error instanceof EngineError || isErrno(error, 'EADDRINUSE');
        if (!isTaken || hostPort === last) throw asDockerError(error, request, hostPort, addresses, place);
      }
    }
    return [];
  }

  #holdAll(ports: readonly PublishedPort[]): void {
    const held: PublishedPort[] = [];
    try {
      for (const port of ports) {
        this.#hold(port);
        held.push(port);
      }
    } catch (error) {
      this.release(held);
      throw error;
    }
  }

  #hold(port: PublishedPort): void {
    const isOurs = [...this.#held.keys()].some((key) => excludes(key, port));
    if (isOurs) {
      throw new EngineError(500, `Bind for ${hostSide(port)} failed: port is already allocated`);
    }
    const fd = holdPort(port.protocol, port.hostIp, port.hostPort);
    this.#held.set(keyOf(port), { fd, close: () => close(fd) });
  }
}

function keyOf({ protocol, hostIp, hostPort }: PublishedPort): string {
  return `${protocol} ${hostPort} ${hostIp}`;
}

/** Whether a port that is held leaves no room for another: the same one on the same address, or on all of the family. */
function excludes(key: string, { protocol, hostPort, hostIp }: PublishedPort): boolean {
  const [heldProtocol, heldPort, heldIp = ''] = key.split(' ');
  if (heldProtocol !== protocol || Number(heldPort) !== hostPort) return false;
  const isIpv6 = hostIp.includes(':');
  if (heldIp.includes(':') !== isIpv6) return false;
  const all = isIpv6 ? '::' : '0.0.0.0';
  return heldIp === hostIp || heldIp === all || hostIp === all;
}

function hostSide({ hostIp, hostPort }: { hostIp: string; hostPort: number }): string {
  return hostIp.includes(':') ? `[${hostIp}]:${hostPort}` : `${hostIp}:${hostPort}`;
}

function asDockerError(
  error: unknown,
  request: PortRequest,
  hostPort: number,
  [hostIp = '']: readonly string[],
  { containerAddress }: PublishingPlace,
): unknown {
  if (error instanceof EngineError) return error;
  const place = `${hostSide({ hostIp, hostPort })}:${containerAddress}:${formatContainerPort(request)}`;
  if (isErrno(error, 'EADDRINUSE')) {
    return new EngineError(500, `failed to bind host port for ${place}: address already in use`);
  }
  if (isErrno(error, 'EADDRNOTAVAIL')) {
    return new EngineError(500, `failed to bind host port for ${place}: cannot assign requested address`);
  }
  return error;
}

/** From which the kernel gives ports as well (ip(7)). */
function ephemeralRange(): [first: number, last: number] {
  const [first = 32768, last = 60999] = readText('/proc/sys/net/ipv4/ip_local_port_range')
    .trim()
    .split(/\s+/)
    .map(Number);
  return [first, last];
}
