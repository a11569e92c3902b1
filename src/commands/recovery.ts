import { openRecoveryConsole } from '../init/recovery.ts';
import { log } from '../linux/log.ts';
import { call } from '../linux/syscall.ts';

/** `recovery REASON`: what process 1 becomes when System Docker cannot go on. */
export function recoveryCommand(reason: string[]): number {
  if (call('getpid') === 1) return openRecoveryConsole('System Docker has failed.', reason.join(' '));
  log.error('recovery: only process 1 opens the recovery console; boot with rancher.recovery to get there');
  return 1;
}
