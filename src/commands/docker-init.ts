import { exitCode } from '../linux/child.ts';
import { isErrno, SyscallError } from '../linux/errno.ts';
import { errorMessage } from '../linux/error-report.ts';
import { log } from '../linux/log.ts';
import { type Child, spawn } from '../linux/process.ts';
import { kill, onSignals, type SignalName, signalNumber } from '../linux/signal.ts';

/** What is this process's own business: its children, and faults of its own. */
const OWN_SIGNALS: readonly SignalName[] = [
  ...(['SIGCHLD', 'SIGKILL', 'SIGSTOP', 'SIGTTIN', 'SIGTTOU'] as const),
  ...(['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV', 'SIGSYS', 'SIGTRAP'] as const),
];
const LAST_SIGNAL = 64;

/**
 * `docker-init [--] COMMAND…`: process 1 of a container with `--init`. Runs a command, passes the signals on that it
 * gets, reaps orphans, and ends with the command, as tini does.
 * @returns the command's exit code, 128 plus the number of the signal that ended it, or 126 or 127 if it cannot be run
 */
export async function dockerInitCommand(args: string[]): Promise<number> {
  const [program, ...rest] = args[0] === '--' ? args.slice(1) : args;
  if (program === undefined) {
    log.error('usage: docker-init [--] COMMAND…');
    return 1;
  }
  let child: Child | undefined;
  // Before the command runs, so that none is lost.
  onSignals(forwardedSignals(), (signal) => {
    if (child !== undefined) forward(child.pid, signal);
  });
  try {
    child = spawn({ command: [program, ...rest], stdin: 0, stdout: 1, stderr: 2, newForegroundGroup: true });
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    log.error(`exec ${program} failed: ${errorMessage(error)}`);
    return error.code === 'ENOENT' ? 127 : 126;
  }
  return exitCode(await child.exited);
}

function forwardedSignals(): number[] {
  const own = OWN_SIGNALS.map(signalNumber);
  return Array.from({ length: LAST_SIGNAL }, (_, index) => index + 1).filter(
    (signal) => !own.includes(signal),
  );
}

function forward(pid: number, signal: number): void {
  try {
    kill(pid, signal);
  } catch (error) {
    // It has ended a moment ago.
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}
