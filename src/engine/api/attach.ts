/** `/containers/{id}/attach`, and the same by WebSocket. */

import { queryFlag, queryValue } from '../../http/query.ts';
import type { RouteContext } from '../../http/router.ts';
import { acceptWebSocket } from '../../http/websocket.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import type { Stream } from '../../linux/stream.ts';
import type { Container } from '../containers/container.ts';
import { publishContainerEvent } from '../containers/container-events.ts';
import { logPath } from '../containers/start.ts';
import type { Engine } from '../engine.ts';
import { conflict } from '../errors.ts';
import { readLog } from '../logs/log-reader.ts';
import { encodeFrame, MULTIPLEXED_STREAM, RAW_STREAM } from '../stdcopy.ts';
import { dismissClient, serveAttachedClient } from '../streams/attach-client.ts';
import { detachKeys } from '../streams/detach-keys.ts';

/** Connects the client to the container's streams; it may do so before the start. */
export function attachToContainer(
  engine: Engine,
  container: Container,
  context: RouteContext,
): Promise<void> {
  const isTerminal = container.record.config.Tty === true;
  const { query, response } = context;
  return serveStreams(engine, container, context, {
    connect: () => response.hijack(isTerminal ? RAW_STREAM : MULTIPLEXED_STREAM),
    isMultiplexed: !isTerminal,
    // Without a keyboard there is nobody before a terminal, as in Docker.
    endsWithInput: isTerminal && queryFlag(query, 'stdin') && container.record.config.OpenStdin === true,
  });
}

/** The same by WebSocket, on which both outputs come as they are, in binary messages. */
export function attachByWebSocket(
  engine: Engine,
  container: Container,
  context: RouteContext,
): Promise<void> {
  return serveStreams(engine, container, context, {
    connect: () => acceptWebSocket(context.request, context.response),
    isMultiplexed: false,
    endsWithInput: true, // a WebSocket has no half that could be closed
  });
}

interface Way {
  readonly connect: () => Promise<Stream>;
  readonly isMultiplexed: boolean;
  readonly endsWithInput: boolean;
}

async function serveStreams(
  engine: Engine,
  container: Container,
  { query }: RouteContext,
  { connect, isMultiplexed, endsWithInput }: Way,
): Promise<void> {
  const { config, state } = container.record;
  if (state.status === 'paused') {
    throw conflict(`container ${container.id} is paused, unpause the container before attach`);
  }
  const wants = (name: string) => queryFlag(query, name);
  const isTerminal = config.Tty === true;
  const keys = detachKeys(queryValue(query, 'detachKeys'));
  const connection = await connect();
  if (wants('logs')) {
    await readLog({ path: logPath(engine, container), live: container.log }, {}, async (entries) => {
      for (const { log, stream } of entries) {
        if (!wants(stream)) continue;
        const data = encodeUtf8(log);
        await connection.write(isMultiplexed ? encodeFrame(stream, data) : data);
      }
    });
  }
  if (!wants('stream')) {
    dismissClient(connection);
    return;
  }
  publishContainerEvent(engine, container, 'attach');
  const outcome = await serveAttachedClient(connection, container.streams, {
    stdin: wants('stdin') && config.OpenStdin === true,
    stdout: wants('stdout'),
    stderr: wants('stderr'),
    isMultiplexed,
    endsWithInput,
    closesInput: config.StdinOnce === true && !isTerminal,
    detachKeys: isTerminal ? keys : undefined,
  });
  if (outcome === 'detached') publishContainerEvent(engine, container, 'detach');
}
