/** RUN: lets the container of a step run to its end, and passes on what it prints. */

import type { Container, WaitResult } from '../containers/container.ts';
import { startContainer } from '../containers/start.ts';
import { killContainer } from '../containers/stop.ts';
import type { OutputName } from '../stdcopy.ts';
import { OutputClient } from '../streams/output-client.ts';
import { encodeLine } from './build-output.ts';
import { type BuildRun, StepError } from './build-state.ts';
import { textPieces } from './text-pieces.ts';

/** As in Docker, standard error is red. */
const RED = '\u001b[91m';
const NORMAL = '\u001b[0m';

/** Throws StepError if the command fails, EngineError if it cannot be started. */
export async function runToEnd(
  { engine, output, cancellation }: BuildRun,
  container: Container,
  command: readonly string[],
): Promise<void> {
  cancellation.check();
  const decode: Record<OutputName, (bytes: Uint8Array) => string> = {
    stdout: textPieces(),
    stderr: textPieces(),
  };
  const detach = container.streams.attach({
    client: new OutputClient(
      (bytes) => output.write(bytes),
      () => {},
    ),
    frame: (name, data) => {
      const text = decode[name](data);
      if (text === '') return undefined;
      return encodeLine({ stream: name === 'stderr' ? `${RED}${text}${NORMAL}` : text });
    },
    onEnd: () => {},
  });
  const kill = () => killContainer(engine, container, 'KILL').catch(() => {});
  const { exitCode } = await cancellation.during(kill, async () => {
    const ended = nextEnd(container);
    try {
      await startContainer(engine, container);
    } catch (error) {
      detach();
      throw error;
    }
    if (cancellation.isCancelled) kill();
    return await ended;
  });
  cancellation.check();
  if (exitCode !== 0) {
    throw new StepError(`The command '${command.join(' ')}' returned a non-zero code: ${exitCode}`, exitCode);
  }
}

function nextEnd(container: Container): Promise<WaitResult> {
  return container.next('stop');
}
