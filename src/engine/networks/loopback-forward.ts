/**
 * Published ports on `::1`: the kernel leads nothing from there to elsewhere, as it does from 127.0.0.1. So the engine
 * takes such connections itself, TCP only, and copies what is said.
 */
import { withTimeout } from '../../linux/event-loop.ts';
import { connectTcp } from '../../linux/socket.ts';
import type { Stream } from '../../linux/stream.ts';
import type { Container } from '../containers/container.ts';
import type { Engine } from '../engine.ts';
import { gatewayAttachment } from './gateway.ts';
import type { PublishedPort } from './port-bindings.ts';

/** Of all ports together: each costs two descriptors and up to two chunks of memory. */
const MAXIMUM_CONNECTIONS = 128;
const CONNECT_MILLISECONDS = 5000;

/** Listens on those ports of a container that are published on `::1`, alone or with every other address. */
export function forwardLoopback(engine: Engine, container: Container): void {
  for (const port of container.record.ports) {
    if (port.protocol !== 'tcp' || (port.hostIp !== '::' && port.hostIp !== '::1')) continue;
    engine.publishedPorts.listen(port, (client) => {
      forward(engine, container, port, client).catch(() => {});
    });
  }
}

let connections = 0;

async function forward(
  engine: Engine,
  { record }: Container,
  { port }: PublishedPort,
  client: Stream,
): Promise<void> {
  const endpoint = gatewayAttachment(record.networks, engine.networks.list())?.endpoint;
  if (endpoint === undefined || connections >= MAXIMUM_CONNECTIONS) {
    client.close();
    return;
  }
  connections++;
  try {
    await converse(client, (endpoint.ipv6 ?? endpoint.ipv4).address, port);
  } finally {
    connections--;
    client.close();
  }
}

async function converse(client: Stream, address: string, port: number): Promise<void> {
  const connecting = connectTcp(address, port);
  const tooLate = new Error(`${address} does not answer`);
  const server = await withTimeout(connecting, CONNECT_MILLISECONDS, tooLate).catch((error) => {
    connecting.then((late) => late.close()).catch(() => {});
    throw error;
  });
  try {
    await Promise.all([copy(client, server), copy(server, client)]);
  } finally {
    server.close();
  }
}

/** Until the end of what is said in one direction. */
async function copy(from: Stream, to: Stream): Promise<void> {
  for (let chunk = await from.read(); chunk !== null; chunk = await from.read()) await to.write(chunk);
  to.end();
}
