/** Whether and when a container is started again after its process has ended. */
import type { HostConfig } from '../../oci/container-config.ts';
import { invalidParameter } from '../errors.ts';

const POLICIES = ['', 'no', 'always', 'unless-stopped', 'on-failure'];
const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;
/** A run of this length counts as a success: the next failure starts with the first delay again. */
const LONG_RUN = 10_000;

export interface EndedRun {
  readonly exitCode: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly restartCount: number;
  readonly isManuallyStopped: boolean;
  /** The delay before this run, in milliseconds; 0 if it was not a restart. */
  readonly previousDelay: number;
}

/** Throws 400 for a policy that does not exist or contradicts the rest of the request. */
export function checkRestartPolicy({ RestartPolicy, AutoRemove }: HostConfig): void {
  const name = RestartPolicy?.Name ?? '';
  const retries = RestartPolicy?.MaximumRetryCount ?? 0;
  if (!POLICIES.includes(name)) {
    throw invalidParameter(
      `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (retries !== 0 && name !== 'on-failure') {
    throw invalidParameter("invalid restart policy: maximum retry count can only be used with 'on-failure'");
  }
  if (retries < 0) throw invalidParameter('invalid restart policy: maximum retry count cannot be negative');
  if (AutoRemove === true && name !== '' && name !== 'no') {
    throw invalidParameter("can't create 'AutoRemove' container with restart policy");
  }
}

/** Milliseconds until the restart, or undefined for none. */
export function restartDelay(policy: HostConfig['RestartPolicy'], run: EndedRun): number | undefined {
  if (run.isManuallyStopped || !wantsRestart(policy, run)) return undefined;
  if (run.previousDelay === 0 || run.duration >= LONG_RUN) return FIRST_DELAY;
  return Math.min(run.previousDelay * 2, LONGEST_DELAY);
}

/** Whether the engine starts a container when it starts itself. */
export function startsWithEngine(policy: HostConfig['RestartPolicy'], isManuallyStopped: boolean): boolean {
  const name = policy?.Name;
  return name === 'always' || (name === 'unless-stopped' && !isManuallyStopped);
}

function wantsRestart(policy: HostConfig['RestartPolicy'], run: EndedRun): boolean {
  switch (policy?.Name) {
    case 'always':
    case 'unless-stopped':
      return true;
    case 'on-failure': {
      const limit = policy.MaximumRetryCount ?? 0;
      return run.exitCode !== 0 && (limit === 0 || run.restartCount < limit);
    }
    default:
      return false;
  }
}
