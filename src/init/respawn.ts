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

export class Respawner {
  readonly #running = new Set<number>();
  #isEnding = false;
  #onEnd: (() => void) | undefined;

  /** Starts a command in a session of its own, and again whenever it ends. Its messages go where ours go. */
  keep(command: readonly string[]): void {
    const [program, ...args] = command;
    if (program !== undefined) this.#run([program, ...args], new RestartLimit());
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

  #run(command: readonly [string, ...string[]], limit: RestartLimit): void {
    if (this.#isEnding) return;
    const again = () => {
      if (limit.allows(monotonicMilliseconds())) this.#run(command, limit);
      else
        log.error(`${command.join(' ')}: ended more than ${MOST_RESTARTS} times within a second; given up`);
    };
    try {
      const { pid, exited } = spawn({ command, stdout: 1, stderr: 2, newSession: true });
      this.#running.add(pid);
      exited.then(() => {
        this.#running.delete(pid);
        if (this.#running.size === 0) this.#onEnd?.();
        if (!this.#isEnding) again();
      });
    } catch (error) {
      log.error(`${command.join(' ')}: ${errorMessage(error)}`);
    }
  }

  #signal(name: SignalName): void {
    for (const pid of this.#running) {
      try {
        kill(-pid, signalNumber(name));
      } catch (error) {
        if (!isErrno(error, 'ESRCH')) log.warn(errorMessage(error));
      }
    }
  }
}
