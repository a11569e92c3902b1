/** Keeps programs running: each is started again when it ends, until it does so too often. */

import { monotonicMilliseconds } from '../linux/clock.ts';
import { isErrno } from '../linux/errno.ts';
import { errorMessage } from '../linux/error-report.ts';
import { setTimer } from '../linux/event-loop.ts';
import { log } from '../linux/log.ts';
import { spawn } from '../linux/process.ts';
import { kill, type SignalName, signalNumber } from '../linux/signal.ts';

const MOST_RESTARTS = 10;
/** Milliseconds in which there may be so many. */
const RESTART_WINDOW = 1000;
/** How long programs have to end, in milliseconds. */
const END_TIME = 2000;

/** The commands of a file with one command a line; `#` begins a comment, blanks separate the words. */
export function parseCommands(text: string): string[][] {
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  return lines.map((line) => line.trim().split(/\s+/));
}

/** Tells when a program is restarted too often. */
export class RestartLimit {
  #times: number[] = [];

  /** Notes a restart at a time in milliseconds; false if it is one too many. */
  allows(now: number): boolean {
    this.#times = [...this.#times.filter((time) => now - time < RESTART_WINDOW), now];
    return this.#times.length <= MOST_RESTARTS;
  }
}

/** A command that is kept running. */
interface Kept {
  command: readonly [string, ...string[]];
  /** Of the process that runs it; undefined in between. */
  pid: number | undefined;
  isWanted: boolean;
}

export class Respawner {
  readonly #kept = new Set<Kept>();
  readonly #running = new Set<number>();
  #isEnding = false;
  #onEnd: (() => void) | undefined;

  /** Starts a command in a session of its own, and again whenever it ends. Its messages go where ours go. */
  keep(command: readonly string[]): void {
    const [program, ...args] = command;
    if (program === undefined) return;
    const kept: Kept = { command: [program, ...args], pid: undefined, isWanted: true };
    this.#kept.add(kept);
    this.#run(kept, new RestartLimit());
  }

  /**
   * Keeps these commands running, and no others. One that has the place of another starts when that has ended, so that
   * they do not get into each other's way.
   * @param placeOf what a command needs for itself alone: a terminal, a port
   * @param endsNow whether a command that is not wanted any more is ended, or goes on until it ends by itself
   */
  keepOnly(
    commands: readonly (readonly string[])[],
    placeOf: (command: readonly string[]) => string,
    endsNow: (command: readonly string[]) => boolean,
  ): void {
    const wanted = new Map(commands.map((command) => [command.join(' '), command]));
    const replaced: Kept[] = [];
    for (const kept of this.#kept) if (!wanted.delete(kept.command.join(' '))) replaced.push(kept);
    for (const kept of replaced) {
      const before = kept.command;
      const successor = [...wanted].find(([, command]) => placeOf(command) === placeOf(before));
      const [program, ...args] = successor?.[1] ?? [];
      if (successor !== undefined && program !== undefined) {
        wanted.delete(successor[0]);
        kept.command = [program, ...args];
      } else {
        kept.isWanted = false;
        this.#kept.delete(kept);
      }
      if (kept.pid === undefined) this.#run(kept, new RestartLimit());
      // Only the process itself: the sessions of an ssh server go on.
      else if (endsNow(before)) signalProcess(kept.pid, 'SIGTERM');
    }
    for (const command of wanted.values()) this.keep(command);
  }

  /** Ends everything that runs; resolves when it has ended, at the latest after two seconds. */
  end(): Promise<void> {
    this.#isEnding = true;
    if (this.#running.size === 0) return Promise.resolve();
    // Shells take no notice of SIGTERM, but go when their terminal does.
    this.#signal('SIGTERM');
    this.#signal('SIGHUP');
    return new Promise((resolve) => {
      this.#onEnd = resolve;
      setTimer(END_TIME, () => {
        this.#signal('SIGKILL');
        resolve();
      });
    });
  }

  #run(kept: Kept, limit: RestartLimit): void {
    if (this.#isEnding || !kept.isWanted) return;
    const { command } = kept;
    const again = () => {
      if (limit.allows(monotonicMilliseconds())) return this.#run(kept, limit);
      log.error(`${command.join(' ')}: ended more than ${MOST_RESTARTS} times within a second; given up`);
      this.#kept.delete(kept);
    };
    try {
      const { pid, exited } = spawn({ command, stdout: 1, stderr: 2, newSession: true });
      this.#running.add(pid);
      kept.pid = pid;
      exited.then(() => {
        this.#running.delete(pid);
        kept.pid = undefined;
        if (this.#running.size === 0) this.#onEnd?.();
        if (!this.#isEnding) again();
      });
    } catch (error) {
      log.error(`${command.join(' ')}: ${errorMessage(error)}`);
    }
  }

  #signal(name: SignalName): void {
    for (const pid of this.#running) signalProcess(-pid, name);
  }
}

/** @param pid negative for a process group */
function signalProcess(pid: number, name: SignalName): void {
  try {
    kill(pid, signalNumber(name));
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) log.warn(errorMessage(error));
  }
}
