/** Blocking calls side by side. */
import { waitForProcess } from './child.ts';
import { errorMessage } from './error-report.ts';
import { log } from './log.ts';
import { forkProcess } from './process.ts';

/**
 * Runs each task in a process of its own and waits for all of them. What a task changes in memory is lost; what it
 * throws is logged under `rancher.debug`, so the caller checks for itself whether it worked.
 */
export function runInParallel(tasks: readonly (() => void)[]): void {
  const pids = tasks.map((task) => forkProcess(() => succeeds(task)));
  for (const pid of pids) waitForProcess(pid);
}

/** Runs a task like these, without waiting for it: whoever needs what it does makes sure that it is done. */
export function runInBackground(task: () => void): void {
  forkProcess(() => succeeds(task));
}

function succeeds(task: () => void): number {
  try {
    task();
    return 0;
  } catch (error) {
    log.debug(errorMessage(error));
    return 1;
  }
}
