/** Connecting a client to the streams of a container or an exec: `docker attach`, `docker run`, `docker exec`. */
import type { Stream } from '../../linux/stream.ts';
import { encodeFrame, type OutputName } from '../stdcopy.ts';
import type { ContainerStreams } from './container-streams.ts';
import { DetachKeys } from './detach-keys.ts';
import { OutputClient } from './output-client.ts';

export interface AttachOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** With a terminal the output is sent as it is, else in frames. */
  readonly isTerminal: boolean;
  /** When the client's input ends, the process's input ends. */
  readonly closesInput: boolean;
  /** Such as `ctrl-p,ctrl-q`: ends this connection only. Undefined for none. */
  readonly detachKeys: string | undefined;
}

/** Serves the client until the run is over, the client goes, or it detaches. */
export async function serveAttachedClient(
  connection: Stream,
  streams: ContainerStreams,
  options: AttachOptions,
): Promise<'ended' | 'detached'> {
  const frame = (name: OutputName, data: Uint8Array) => {
    if (!options[name]) return undefined;
    return options.isTerminal ? data : encodeFrame(name, data);
  };
  return new Promise((resolve) => {
    const finish = (outcome: 'ended' | 'detached') => {
      detach();
      connection.end();
      connection.close();
      resolve(outcome);
    };
    const client = new OutputClient(
      (data) => connection.write(data),
      () => finish('ended'),
    );
    const detach = streams.attach({ client, frame, onEnd: () => finish('ended') });
    copyInput(connection, streams, options).then((hasDetached) => {
      if (hasDetached) finish('detached');
    });
  });
}

/** Copies the client's input until it ends. Returns whether the client typed its detach keys. */
async function copyInput(
  connection: Stream,
  streams: ContainerStreams,
  options: AttachOptions,
): Promise<boolean> {
  const keys = options.isTerminal && options.detachKeys ? new DetachKeys(options.detachKeys) : undefined;
  try {
    for (let data = await connection.read(); data !== null; data = await connection.read()) {
      const { pass, isComplete } = keys?.filter(data) ?? { pass: data, isComplete: false };
      if (options.stdin && pass.length > 0) await streams.writeInput(pass);
      if (isComplete) return true;
    }
    if (options.stdin && options.closesInput) streams.closeInput();
  } catch {
    // The process does not read any more, or the client is gone: its output goes on as long as it takes it.
  }
  return false;
}
