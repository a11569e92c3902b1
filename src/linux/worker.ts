/**
 * Workers: a TypeScript function in a forked process of its own, for what is slow or dangerous.
 *
 * The worker talks to its parent in lines of JSON over a socket: any number of messages, then its result or its error.
 * It starts with a copy of this program's memory and nothing else of its parent: no descriptors but those it is given,
 * no timers, no event handlers.
 */
import { concatBytes, decodeUtf8, encodeUtf8 } from './bytes.ts';
import { type ExitStatus, waitForExit } from './child.ts';
import { errorMessage } from './error-report.ts';
import { runUntilSettled, setTimer } from './event-loop.ts';
import { close, writeAll } from './file-descriptor.ts';
import { forkProcess } from './process.ts';
import { signalNumber, unblockSignals } from './signal.ts';
import { socketPair } from './socket.ts';
import { openStream, type Stream } from './stream.ts';
import { attempt } from './syscall.ts';

const PR_SET_PDEATHSIG = 1;
const PR_SET_NAME = 15;
const NEWLINE = 0x0a;

type Line<Message, Result> = { message: Message } | { result: Result } | { error: string; name: string };

export interface WorkerOptions<Message> {
  /** Shown by ps as the name of the process; at most 15 characters. */
  readonly name: string;
  /** Descriptors the worker needs, besides 0, 1 and 2; closed here once it has them. */
  readonly descriptors?: readonly number[];
  readonly onMessage?: (message: Message) => void;
}

export interface Worker<Result> {
  readonly result: Promise<Result>;
  /** Ends the worker; its result rejects. */
  kill(): void;
}

/** An error that was thrown in a worker; `kind` is the name of its class there. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

const running = new Set<WorkerOptions<never>>();

/** The names of the workers that have not ended. */
export function runningWorkers(): string[] {
  return [...running].map(({ name }) => name);
}

/** Runs `task` in a worker. What it sends and returns must survive JSON. */
export function startWorker<Message, Result>(
  options: WorkerOptions<Message>,
  task: (send: (message: Message) => void) => Result | Promise<Result>,
): Worker<Result> {
  let pid: number | undefined;
  let isKilled = false;
  running.add(options);
  const result = new Promise<Result>((resolve, reject) => {
    // A fork between promise reactions would leave the child with those of its parent; in a timer there are none.
    setTimer(0, () => {
      if (isKilled) {
        for (const fd of options.descriptors ?? []) close(fd);
        reject(new WorkerError('Killed', `${options.name} was stopped`));
        return;
      }
      const [parentEnd, workerEnd] = socketPair();
      pid = forkProcess(() => runTask(options, workerEnd, task));
      const exited = waitForExit(pid);
      void exited.then(() => {
        pid = undefined; // which may be another's now
      });
      for (const fd of [workerEnd, ...(options.descriptors ?? [])]) close(fd);
      readLines<Message, Result>(parentEnd, exited, options).then(resolve, reject);
    });
  });
  const ended = () => running.delete(options);
  result.then(ended, ended);
  return {
    result,
    kill: () => {
      isKilled = true;
      if (pid !== undefined) attempt('kill', pid, signalNumber('SIGKILL'));
    },
  };
}

/** The worker's life; its return value is its exit code. */
function runTask<Message, Result>(
  options: WorkerOptions<Message>,
  socket: number,
  task: (send: (message: Message) => void) => Result | Promise<Result>,
): number {
  attempt('prctl', PR_SET_PDEATHSIG, signalNumber('SIGKILL'), 0, 0, 0);
  attempt('prctl', PR_SET_NAME, options.name, 0, 0, 0);
  unblockSignals();
  closeDescriptorsExcept([socket, ...(options.descriptors ?? [])]);
  const send = (line: Line<Message, Result>) => writeAll(socket, encodeUtf8(`${JSON.stringify(line)}\n`));
  const run = async () => task((message) => send({ message }));
  try {
    send({ result: runUntilSettled(run()) });
    return 0;
  } catch (error) {
    send({ error: errorMessage(error), name: error instanceof Error ? error.name : 'Error' });
    return 1;
  }
}

/** Closes everything above standard error that the worker was not given. */
function closeDescriptorsExcept(kept: readonly number[]): void {
  let first = 3;
  for (const fd of kept.toSorted((a, b) => a - b)) {
    if (fd > first) attempt('close_range', first, fd - 1, 0);
    first = fd + 1;
  }
  attempt('close_range', first, 0xffffffff, 0);
}

async function readLines<Message, Result>(
  socket: number,
  exited: Promise<ExitStatus>,
  options: WorkerOptions<Message>,
): Promise<Result> {
  const stream = openStream(socket);
  let outcome: { result: Result } | { error: string; name: string } | undefined;
  for await (const text of textLines(stream)) {
    const line = JSON.parse(text) as Line<Message, Result>;
    if ('message' in line) options.onMessage?.(line.message);
    else outcome = line;
  }
  stream.close();
  const status = await exited;
  if (outcome === undefined)
    throw new WorkerError('Crashed', `${options.name} ended with ${describe(status)}`);
  if ('error' in outcome) throw new WorkerError(outcome.name, outcome.error);
  return outcome.result;
}

function describe(status: ExitStatus): string {
  return 'code' in status ? `exit code ${status.code}` : `signal ${status.signal}`;
}

async function* textLines(stream: Stream): AsyncGenerator<string> {
  let rest: Uint8Array = new Uint8Array(0);
  for (let chunk = await stream.read(); chunk !== null; chunk = await stream.read()) {
    rest = concatBytes([rest, chunk]);
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      yield decodeUtf8(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
  }
}
