/**
 * The name servers of containers on user-defined networks: each listens inside the container's network namespace on
 * 127.0.0.11, as in Docker, and is served by the event loop. What is one for a container costs a few kilobytes.
 *
 * Port 53 is led to a port that the kernel has chosen, so that the container may have a name server of its own.
 */
import { serveDatagrams } from '../../../linux/datagram-server.ts';
import { errorMessage } from '../../../linux/error-report.ts';
import { withTimeout } from '../../../linux/event-loop.ts';
import { parseAddress } from '../../../linux/ip-address.ts';
import { log } from '../../../linux/log.ts';
import { inNetworkNamespace } from '../../../linux/network-namespace.ts';
import { replaceTable } from '../../../linux/nftables.ts';
import * as nft from '../../../linux/nftables-rule.ts';
import { PRIORITY } from '../../../linux/nftables-table.ts';
import { listenTcp } from '../../../linux/socket.ts';
import type { Stream } from '../../../linux/stream.ts';
import type { Container } from '../../containers/container.ts';
import { ENGINE_NAME_SERVER } from '../../containers/resolv-conf.ts';
import { messages, type Transport, withLength } from './forward.ts';
import { Resolver, type World } from './resolver.ts';

const DNS_PORT = 53;
const TABLE = 'paddock-dns';
const MAXIMUM_CONNECTIONS = 16;
const IDLE_MILLISECONDS = 10_000;

export class NameServers {
  readonly #world: World;
  /** What ends each, by the ids of the containers. */
  readonly #running = new Map<string, () => void>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Serves a container whose network namespace is open as `namespace`. One that is served already is fine. */
  start(container: Container, namespace: number): void {
    if (this.#running.has(container.id)) return;
    const resolver = new Resolver(container, this.#world);
    const stop = inNetworkNamespace(namespace, () => serve(resolver));
    this.#running.set(container.id, stop);
  }

  /** Ends the service. A container without one is fine. */
  stop({ id }: Container): void {
    this.#running.get(id)?.();
    this.#running.delete(id);
  }
}

/** Listens in the network namespace in which this process is. Returns what ends it. */
function serve(resolver: Resolver): () => void {
  const answer = (message: Uint8Array, transport: Transport) =>
    resolver.answer(message, transport).catch((error: unknown) => {
      log.error(`a name was not looked up: ${errorMessage(error)}`);
      return undefined;
    });
  const datagrams = serveDatagrams(ENGINE_NAME_SERVER, 0, async (message, reply) => {
    const found = await answer(message, 'udp');
    if (found !== undefined) reply(found);
  });
  const connections = new Set<Stream>();
  const listener = listenTcp(ENGINE_NAME_SERVER, 0, async (stream) => {
    if (connections.size >= MAXIMUM_CONNECTIONS) {
      stream.close();
      return;
    }
    connections.add(stream);
    await withTimeout(converse(stream, answer), IDLE_MILLISECONDS, new Error('idle')).catch(() => {});
    connections.delete(stream);
    stream.close();
  });
  const stop = () => {
    datagrams.close();
    listener.close();
    for (const stream of connections) stream.close();
  };
  try {
    leadPortTo({ udp: datagrams.port, tcp: Number(listener.address.split(':')[1]) });
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}

async function converse(
  stream: Stream,
  answer: (message: Uint8Array, transport: Transport) => Promise<Uint8Array | undefined>,
): Promise<void> {
  for await (const message of messages(stream)) {
    const found = await answer(message, 'tcp');
    if (found === undefined) return;
    await stream.write(withLength(found));
  }
}

function leadPortTo(ports: Readonly<Record<Transport, number>>): void {
  const bytes = parseAddress(ENGINE_NAME_SERVER) ?? new Uint8Array();
  const rules = (['udp', 'tcp'] as const).map((protocol) =>
    nft.rule(
      nft.destinationAddress({ bytes, prefixLength: 32 }),
      nft.destinationPort(protocol, DNS_PORT),
      nft.translateDestination({ address: bytes, port: ports[protocol] }),
    ),
  );
  const base = { type: 'nat', hook: 'output', priority: PRIORITY.destinationNat } as const;
  replaceTable({ name: TABLE, chains: [{ name: 'output', base, rules }] });
}
