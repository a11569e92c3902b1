/** Connecting a client to the streams of a container or an exec: `docker attach`, `docker run`, `docker exec`. */
import { setTimer } from '../../linux/event-loop.ts';
import type { Stream } from '../../linux/stream.ts';
import { encodeFrame, type OutputName } from '../stdcopy.ts';
import type { ContainerStreams } from './container-streams.ts';
import type { DetachKeys } from './detach-keys.ts';
import { OutputClient } from './output-client.ts';

export interface AttachOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Whether output is sent in frames that tell standard output and standard error apart, or as it is. */
  readonly isMultiplexed: boolean;
  /** When the client's input ends, it is served no more. */
  readonly endsWithInput: boolean;
  /** When the client's input ends, the process's input ends. */
  readonly closesInput: boolean;
  /** What is typed to end this connection only. */
  readonly detachKeys: DetachKeys | undefined;
}

/** How long a client may go on sending when the run is over. */
const LINGER_SECONDS = 5;

/** Serves the client until the run is over, the client goes, or it detaches. */
export async function serveAttachedClient(
  connection: Stream,
  streams: ContainerStreams,
  options: AttachOptions,
): Promise<'ended' | 'detached'> {
  const frame = (name: OutputName, data: Uint8Array) => {
    if (!options[name]) return undefined;
    return options.isMultiplexed ? encodeFrame(name, data) : data;
  };
  return new Promise((resolve) => {
    let isOver = false;
    const finish = (outcome: 'ended' | 'detached') => {
      if (isOver) return;
      isOver = true;
      detach();
      resolve(outcome);
      closeInPeace(connection, input);
    };
    const client = new OutputClient(
      (data) => connection.write(data),
      () => finish('ended'),
    );
    const detach = streams.attach({ client, frame, onEnd: () => finish('ended') });
    const input = copyInput(connection, streams, options, () => isOver);
    input.then((end) => {
      if (end === 'detach keys') finish('detached');
      else if (options.endsWithInput) finish('ended');
    });
  });
}

/** Sends a client away to whom there is nothing to say any more. */
export function dismissClient(connection: Stream): void {
  const discard = async () => {
    while ((await connection.read()) !== null);
  };
  closeInPeace(
    connection,
    discard().catch(() => {}),
  );
}

/** To close while the client is still sending would reset the connection, and destroy output on its way. */
function closeInPeace(connection: Stream, input: Promise<unknown>): void {
  connection.end();
  const cancel = setTimer(LINGER_SECONDS * 1000, () => connection.close());
  input.then(() => {
    cancel();
    connection.close();
  });
}

/** Copies the client's input until it ends, or the client types its detach keys. What comes when all is over is thrown away. */
async function copyInput(
  connection: Stream,
  streams: ContainerStreams,
  options: AttachOptions,
  isOver: () => boolean,
): Promise<'end of input' | 'detach keys'> {
  try {
    for (let data = await connection.read(); data !== null; data = await connection.read()) {
      if (isOver()) continue;
      const { pass, isComplete } = options.detachKeys?.filter(data) ?? { pass: data, isComplete: false };
      if (options.stdin && pass.length > 0) await streams.writeInput(pass).catch(ignoreDeafness);
      if (isComplete) return 'detach keys';
    }
  } catch {
    // The client is gone, which is an end as well.
  }
  if (options.stdin && options.closesInput && !isOver()) streams.closeInput();
  return 'end of input';
}

/** A process that does not read any more may still have something to say. */
function ignoreDeafness(): void {}
