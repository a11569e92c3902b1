/** `POST /containers/{id}/attach`. */

import { queryFlag, queryValue } from '../../http/query.ts';
import type { RouteContext } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import type { Container } from '../containers/container.ts';
import { publishContainerEvent } from '../containers/container-events.ts';
import { logPath } from '../containers/start.ts';
import type { Engine } from '../engine.ts';
import { conflict } from '../errors.ts';
import { readLog } from '../logs/log-reader.ts';
import { encodeFrame, MULTIPLEXED_STREAM, RAW_STREAM } from '../stdcopy.ts';
import { serveAttachedClient } from '../streams/attach-client.ts';

/** Connects the client to the container's streams; it may do so before the start. */
export async function attachToContainer(
  engine: Engine,
  container: Container,
  { query, response }: RouteContext,
): Promise<void> {
  const { config, state } = container.record;
  if (state.status === 'paused') {
    throw conflict(`container ${container.id} is paused, unpause the container before attach`);
  }
  const wants = (name: string) => queryFlag(query, name);
  const isTerminal = config.Tty === true;
  const connection = await response.hijack(isTerminal ? RAW_STREAM : MULTIPLEXED_STREAM);
  if (wants('logs')) {
    await readLog({ path: logPath(engine, container), live: container.log }, {}, async (entries) => {
      for (const { log, stream } of entries) {
        if (!wants(stream)) continue;
        const data = encodeUtf8(log);
        await connection.write(isTerminal ? data : encodeFrame(stream, data));
      }
    });
  }
  if (!wants('stream')) {
    connection.close();
    return;
  }
  publishContainerEvent(engine, container, 'attach');
  const outcome = await serveAttachedClient(connection, container.streams, {
    stdin: wants('stdin') && config.OpenStdin === true,
    stdout: wants('stdout'),
    stderr: wants('stderr'),
    isTerminal,
    closesInput: config.StdinOnce === true && !isTerminal,
    detachKeys: queryValue(query, 'detachKeys') || 'ctrl-p,ctrl-q',
  });
  if (outcome === 'detached') publishContainerEvent(engine, container, 'detach');
}
