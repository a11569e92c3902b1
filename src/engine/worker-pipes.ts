/** Workers that take or give many bytes, by a pipe: process 1 passes them on and holds no more than a piece. */
import { isErrno } from '../linux/errno.ts';
import { pipe } from '../linux/file-descriptor.ts';
import { openStream } from '../linux/stream.ts';
import { startWorker, type Worker, WorkerError } from '../linux/worker.ts';
import { FormatError } from '../oci/errors.ts';

/**
 * Runs a task that reads from a descriptor what `readBody` gives. No worker is left when this has settled.
 * @param readBody gives bytes piece by piece, null at their end; if it rejects, the worker is ended
 * @throws FormatError if the task did, else WorkerError
 */
export async function feedWorker<Result>(
  name: string,
  readBody: () => Promise<Uint8Array | null>,
  task: (input: number) => Result,
): Promise<Result> {
  const [input, output] = pipe();
  const worker = startWorker<never, Result>({ name, descriptors: [input] }, () => task(input));
  const ended = outcomeOf(worker);
  try {
    await passOn(readBody, output);
  } catch (error) {
    worker.kill();
    await ended;
    throw error;
  }
  return resultOf(await ended);
}

/**
 * Runs a task that writes to a descriptor, and passes on what it writes.
 * @param write takes it piece by piece; if it rejects, the worker is ended
 * @param descriptors what the task needs besides; closed here
 * @throws WorkerError if the task failed; its output is then incomplete
 */
export async function drainWorker(
  name: string,
  write: (bytes: Uint8Array) => Promise<void>,
  task: (output: number) => void,
  descriptors: readonly number[] = [],
): Promise<void> {
  const [input, output] = pipe();
  const ended = outcomeOf(
    startWorker<never, void>({ name, descriptors: [output, ...descriptors] }, () => task(output)),
  );
  const stream = openStream(input);
  try {
    for (let data = await stream.read(); data !== null; data = await stream.read()) await write(data);
  } finally {
    // If the worker is not ready, this ends it.
    stream.close();
  }
  resultOf(await ended);
}

/** The result of a worker's task. Its FormatError is one here too. */
export async function workerResult<Result>(worker: Worker<Result>): Promise<Result> {
  return resultOf(await outcomeOf(worker));
}

type Outcome<Result> = { readonly result: Result } | { readonly reason: unknown };

function outcomeOf<Result>(worker: Worker<Result>): Promise<Outcome<Result>> {
  return worker.result.then(
    (result) => ({ result }),
    (reason: unknown) => ({ reason }),
  );
}

function resultOf<Result>(outcome: Outcome<Result>): Result {
  if ('result' in outcome) return outcome.result;
  const { reason } = outcome;
  const isFormatError = reason instanceof WorkerError && reason.kind === 'FormatError';
  throw isFormatError ? new FormatError(reason.message) : reason;
}

/** Writes bytes to the worker. A worker that does not take them has failed, and says itself why. */
async function passOn(readBody: () => Promise<Uint8Array | null>, fd: number): Promise<void> {
  const stream = openStream(fd);
  try {
    for (let data = await readBody(); data !== null; data = await readBody()) await stream.write(data);
  } catch (error) {
    if (!isErrno(error, 'EPIPE')) throw error;
  } finally {
    stream.close();
  }
}
