/**
 * Exits of child processes, those of orphans included: waitid(2) of any child, driven by SIGCHLD.
 *
 * Process 1 (and a child subreaper) inherits every orphan and must reap it. A container's first process is such an
 * orphan: it is inherited when the OCI runtime that made it exits, and may itself exit before its pid is known. Exits
 * that nobody waits for are therefore kept while an `adopt` is under way, and dropped otherwise.
 */
import { log } from './log.ts';
import { onSignal } from './signal.ts';
import { attempt, call } from './syscall.ts';

/** How a process ended: by `exit(code)` or by a signal. */
export type ExitStatus = { readonly code: number } | { readonly signal: number };

const P_ALL = 0;
const P_PID = 1;
const WNOHANG = 1;
const WEXITED = 4;
const CLD_EXITED = 1;
const PR_SET_CHILD_SUBREAPER = 36;
const SIGINFO_SIZE = 128;
const ECHILD = 10;

interface Children {
  waiting: Map<number, (status: ExitStatus) => void>;
  unclaimed: Map<number, ExitStatus>;
  adoptions: number;
}

let children: Children | undefined;

function reaper(): Children {
  if (children === undefined) {
    const created: Children = { waiting: new Map(), unclaimed: new Map(), adoptions: 0 };
    children = created;
    onSignal('SIGCHLD', () => reap(created, P_ALL));
  }
  return children;
}

/** Starts reaping. Without it nothing is reaped until the first `waitForExit`. */
export function startReaping(): void {
  reap(reaper(), P_ALL);
}

/** Makes this process inherit the orphans among its descendants, as process 1 does (prctl(2)). */
export function becomeSubreaper(): void {
  call('prctl', PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/** Forgets the parent's children. For the child of a fork. */
export function resetChildren(): void {
  children = undefined;
}

/** Resolves when the child (or inherited orphan) has ended. At most one waiter a process. */
export function waitForExit(pid: number): Promise<ExitStatus> {
  const isFirst = children === undefined;
  const current = reaper();
  const { waiting, unclaimed } = current;
  const status = unclaimed.get(pid);
  if (status !== undefined) {
    unclaimed.delete(pid);
    return Promise.resolve(status);
  }
  return new Promise((resolve) => {
    waiting.set(pid, resolve);
    // Before anybody watched for SIGCHLD, an exit told nobody. Other children may be waited for in a moment.
    if (isFirst) reap(current, P_PID, pid);
  });
}

/** Waits until a child has ended, and blocks meanwhile: for workers. */
export function waitForProcess(pid: number): ExitStatus {
  const information = new Uint8Array(SIGINFO_SIZE);
  call('waitid', P_PID, pid, information, WEXITED, null);
  return statusIn(new DataView(information.buffer));
}

/** Runs `inherit`, which learns the pid of a process that this one inherits; its exit is not lost meanwhile. */
export async function adopt<Result>(inherit: () => Promise<Result>): Promise<Result> {
  const current = reaper();
  current.adoptions++;
  try {
    return await inherit();
  } finally {
    current.adoptions--;
    if (current.adoptions === 0) current.unclaimed.clear();
  }
}

/** Whether processes are being inherited just now. */
export function isAdopting(): boolean {
  return reaper().adoptions > 0;
}

/** The status as a shell and Docker show it: the code, or 128 plus the signal. */
export function exitCode(status: ExitStatus): number {
  return 'code' in status ? status.code : 128 + status.signal;
}

/** struct siginfo_t of a child (waitid(2)): si_code at 8, si_pid at 16, si_status at 24. */
function statusIn(information: DataView): ExitStatus {
  const value = information.getInt32(24, true);
  return information.getInt32(8, true) === CLD_EXITED ? { code: value } : { signal: value };
}

/** Tells those who wait how children have ended: all of them (P_ALL) or one (P_PID). */
function reap({ waiting, unclaimed, adoptions }: Children, idType: number, id = 0): void {
  const information = new Uint8Array(SIGINFO_SIZE);
  const view = new DataView(information.buffer);
  for (;;) {
    view.setInt32(16, 0, true);
    const result = attempt('waitid', idType, id, information, WEXITED | WNOHANG, null);
    const pid = view.getInt32(16, true);
    if (result === -ECHILD || pid === 0) return;
    if (result < 0) {
      log.error(`waitid returned ${result}`);
      return;
    }
    const status = statusIn(view);
    const resolve = waiting.get(pid);
    if (resolve !== undefined) {
      waiting.delete(pid);
      resolve(status);
    } else if (adoptions > 0) {
      unclaimed.set(pid, status);
    }
  }
}
