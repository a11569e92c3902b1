/**
 * Re-exec: the engine replaces its program by the one that lies on the disk now, in the same process and under all
 * containers, whose parent it stays. They go on with their pids, their input and output, and their logs; clients that
 * are attached, wait or follow lose their connections.
 *
 *  1. The new program is tried in a process of its own: does it start, does it understand what it will be given?
 *  2. The engine waits until nothing is half done: transitions of containers, workers, requests without an answer.
 *  3. It describes what it knows (handover.ts), keeps the descriptors that are in it open, and executes the program.
 *  4. The new program takes everything over and answers the client that has asked for it.
 *
 * Whatever fails up to the execution leaves the old engine as it was, which tells the client.
 */
import { isAdopting } from '../../linux/child.ts';
import { monotonicMilliseconds } from '../../linux/clock.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { setTimer, withTimeout } from '../../linux/event-loop.ts';
import { close } from '../../linux/file-descriptor.ts';
import { outputOf } from '../../linux/process-output.ts';
import { becomeSuccessor, ownProgram } from '../../linux/successor.ts';
import { runningWorkers } from '../../linux/worker.ts';
import type { Engine } from '../engine.ts';
import { conflict, EngineError } from '../errors.ts';
import { handOver } from './hand-over.ts';
import {
  descriptorsOf,
  HANDOVER_FLAG,
  HANDOVER_FORMAT,
  type Handover,
  withoutHandover,
  writeHandover,
} from './handover.ts';

/** The flag of the daemon that prints the format which it understands. */
export const FORMAT_FLAG = '--handover-format';

const TRIAL_SECONDS = 10;
const WAIT_SECONDS = 30;
const PAUSE_MILLISECONDS = 20;

/** The API, as far as a re-exec concerns it. */
export interface ApiState {
  readonly listeners: Handover['listeners'];
  /** The client that has asked. */
  readonly client: number;
  /** Whether any other request is still without an answer. */
  isAnswering(): boolean;
}

/** What the new program is told in place of what the old one was told. */
export interface Successor {
  /** With the names of program and command first: `system-docker`, `daemon`. */
  readonly arguments?: readonly string[] | undefined;
  /** Entries such as `HTTPS_PROXY=http://10.0.0.1:3128`. */
  readonly environment?: readonly string[] | undefined;
}

/** Does not return unless it fails: EngineError 409 if the engine stays busy, 500 if the new program is no good. */
export async function reexec(engine: Engine, api: ApiState, successor: Successor = {}): Promise<never> {
  const program = ownProgram();
  const args = successor.arguments ?? withoutHandover(host.arguments);
  await tryProgram(program, args);
  const deadline = monotonicMilliseconds() + WAIT_SECONDS * 1000;
  return new Promise((_, reject) => {
    // Timers run when no promise reaction is pending: everything that was read has been dealt with.
    const attempt = () => {
      const obstacle = whatIsUnderWay(engine, api);
      if (obstacle !== undefined && monotonicMilliseconds() < deadline) {
        setTimer(PAUSE_MILLISECONDS, attempt);
      } else if (obstacle !== undefined) {
        reject(conflict(`the engine is busy: ${obstacle}`));
      } else {
        try {
          execute(engine, api, { program, args, environment: successor.environment ?? host.environment });
        } catch (error) {
          reject(error);
        }
      }
    };
    setTimer(0, attempt);
  });
}

/** Also whether it understands its arguments. */
async function tryProgram(program: string, [name = '', ...args]: readonly string[]): Promise<void> {
  const command = [name, ...args, FORMAT_FLAG] as const;
  const failure = (reason: string) => new EngineError(500, `${program} cannot take over: ${reason}`);
  const tooSlow = failure(`it does not answer within ${TRIAL_SECONDS} s`);
  const trial = outputOf(command, { path: program }).catch((error: unknown) => {
    throw failure(errorMessage(error));
  });
  const format = (await withTimeout(trial, TRIAL_SECONDS * 1000, tooSlow)).trim();
  if (format !== String(HANDOVER_FORMAT)) {
    throw failure(`it understands format "${format}", not ${HANDOVER_FORMAT}`);
  }
}

function whatIsUnderWay(engine: Engine, api: ApiState): string | undefined {
  const [worker] = runningWorkers();
  if (worker !== undefined) return `its worker ${worker} has not ended`;
  const container = engine.containers.all().find(({ isInTransition }) => isInTransition);
  if (container !== undefined) return `container ${container.record.name} is changing its state`;
  if (isAdopting()) return 'a process is being started';
  return api.isAnswering() ? 'a request is being answered' : undefined;
}

interface Execution {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: readonly string[];
}

function execute(
  engine: Engine,
  { listeners, client }: ApiState,
  { program, args, environment }: Execution,
): never {
  const handover = handOver(engine, { listeners, client });
  const fd = writeHandover(handover);
  try {
    const kept = [fd, ...descriptorsOf(handover)];
    return becomeSuccessor(program, [...args, HANDOVER_FLAG, String(fd)], { environment, kept });
  } catch (error) {
    close(fd);
    returnHeldOutput(engine, handover);
    throw error;
  }
}

function returnHeldOutput(engine: Engine, { containers }: Handover): void {
  for (const { record, run } of containers) {
    const log = engine.containers.find(record.id)?.log;
    for (const name of ['stdout', 'stderr'] as const) {
      log?.hold(name, new Uint8Array(run?.heldOutput[name] ?? []));
    }
  }
}
