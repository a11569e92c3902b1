/**
 * The beginning of the orderly end of the machine. Process 1 must go on answering while its containers are stopped, so a
 * child of it, `ros-shutdown`, does the work as a client of System Docker (shutdown.ts). If the child fails, process 1 stops
 * the machine itself.
 */
import { errorMessage } from '../linux/error-report.ts';
import { log } from '../linux/log.ts';
import { spawn } from '../linux/process.ts';
import { type RebootAction, rebootMachine, syncDisks } from '../linux/reboot.ts';

const PROGRAM = '/usr/bin/ros-shutdown';

let isUnderWay = false;

/** For process 1: begins to shut down. Returns false if that is under way already. */
export function startShutdown(action: RebootAction): boolean {
  if (isUnderWay) return false;
  isUnderWay = true;
  const stopNow = (why: string) => {
    log.error(`${PROGRAM}: ${why}; stopping the machine at once`);
    syncDisks();
    rebootMachine(action);
  };
  try {
    const { exited } = spawn({ command: [PROGRAM, action], stdout: 1, stderr: 2, newSession: true });
    exited.then(() => stopNow('ended too early'));
  } catch (error) {
    stopNow(errorMessage(error));
  }
  return true;
}
