/** Giving up rights for good: credentials(7), prctl(2). */
import { signalNumber } from './signal.ts';
import { call } from './syscall.ts';

const PR_SET_PDEATHSIG = 1;
const PR_SET_NO_NEW_PRIVS = 38;

/** The user and group `nobody`, who owns nothing. */
export const NOBODY = 65534;

/**
 * Makes this process, which root must have started, one of `nobody`: without groups and capabilities, and without a way
 * to get them back by executing something. For a worker that talks to strangers.
 */
export function becomeNobody(): void {
  call('setgroups', 0, null);
  call('setgid', NOBODY);
  call('setuid', NOBODY);
  call('prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // The change of the user has cleared what the worker was born with.
  call('prctl', PR_SET_PDEATHSIG, signalNumber('SIGKILL'), 0, 0, 0);
}
