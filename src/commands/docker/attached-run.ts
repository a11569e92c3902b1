/** Starting a container and staying with it until it ends: `run`, `start --attach`. */
import { EngineApiError } from '../../engine/client.ts';
import { CommandFailure, type Context, describeFailure } from './command.ts';
import { proxySignals, startSession } from './session.ts';

export interface AttachedRun {
  readonly id: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  /** The container removes itself when it has ended. */
  readonly isRemoved: boolean;
  readonly detachKeys: string | undefined;
  /** Send our signals to the container. */
  readonly proxiesSignals: boolean;
}

/** Docker's exit codes for containers that could not be started. */
const EXIT_ENGINE_FAILED = 125;
const EXIT_NOT_EXECUTABLE = 126;
const EXIT_NOT_FOUND = 127;

/** Refuses to give a terminal to what is not one. Throws CommandFailure. */
export function checkTerminal({ console }: Context, options: { tty: boolean; stdin: boolean }): void {
  if (options.tty && options.stdin && !console.inputIsTerminal) {
    throw new CommandFailure('the input device is not a TTY', 1);
  }
}

/** Attaches, starts, and returns the exit code of the container; 0 if the person detaches. */
export async function runAttached(context: Context, run: AttachedRun): Promise<number> {
  const { client, console } = context;
  const options = { stdin: run.stdin, stdout: true, stderr: true };
  const attachment = await client.attachContainer(run.id, { ...options, ...detachKeysOf(run) });
  const session = startSession(console, attachment, run);
  const stopProxy = run.proxiesSignals
    ? proxySignals(console, (signal) => client.killContainer(run.id, { signal }))
    : () => {};
  try {
    const pending = await client.waitContainer(run.id, run.isRemoved ? 'removed' : 'next-exit');
    await startOrFail(context, run.id);
    if (run.tty) session.followSize((size) => client.resizeContainer(run.id, size));
    if ((await session.finished) === 'detached') {
      pending.close();
      return 0;
    }
    const { StatusCode, Error: failure } = await pending.result;
    if (failure)
      throw new CommandFailure(`Error waiting for container: ${failure.Message}`, EXIT_ENGINE_FAILED);
    return StatusCode;
  } finally {
    stopProxy();
    session.close();
  }
}

function detachKeysOf({ detachKeys }: AttachedRun): { detachKeys?: string } {
  return detachKeys === undefined ? {} : { detachKeys };
}

/** Starts a container. Throws CommandFailure with the exit code that fits the reason. */
export async function startOrFail(context: Context, id: string): Promise<void> {
  try {
    await context.client.startContainer(id);
  } catch (error) {
    if (!(error instanceof EngineApiError)) throw error;
    throw new CommandFailure(describeFailure(error, context), startFailureCode(error.message));
  }
}

/** The engine does not tell why a start failed but by its words. */
function startFailureCode(message: string): number {
  if (/executable file not found|no such file or directory/.test(message)) return EXIT_NOT_FOUND;
  if (/permission denied|is a directory/.test(message)) return EXIT_NOT_EXECUTABLE;
  return EXIT_ENGINE_FAILED;
}
