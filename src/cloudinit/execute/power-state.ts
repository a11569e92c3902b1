/** `power_state` of cloud-init: what the machine does when everything else is done. */
import type { Config } from '../../config/schema.ts';
import { sortedJson } from '../../config/sorted-json.ts';
import { exitCode } from '../../linux/child.ts';
import { sleep } from '../../linux/event-loop.ts';
import { readTextIfExists, writeFileAtomic } from '../../linux/file.ts';
import { FILESYSTEM, filesystemType } from '../../linux/filesystem-type.ts';
import { log } from '../../linux/log.ts';
import { spawn } from '../../linux/process.ts';
import { runProgram, wordsOf } from './commands.ts';
import { instanceId } from './instance.ts';

/** What has been done, for which machine. */
const DONE = '/var/lib/rancher/conf/power_state.done';
const DEFAULT_TIMEOUT = 30;
const MINUTE = 60_000;

type PowerState = NonNullable<Config['power_state']>;

/**
 * Switches the machine off, or starts it again: once for each machine, as otherwise it would never run.
 * @param rest what may still be going on
 * @throws Error if a value cannot be used
 */
export async function changePowerState(power: PowerState, rest: Promise<unknown>): Promise<void> {
  if (power.mode == null) throw new Error('power_state.mode: expected poweroff, halt or reboot');
  const minutes = parseDelay(power.delay ?? 'now');
  const done = sortedJson({ instance: instanceId(), power });
  if (readTextIfExists(DONE) === done) return;
  if (power.mode === 'reboot' && filesystemType('/var/lib/rancher') === FILESYSTEM.tmpfs)
    throw new Error('power_state: without a state partition, the machine would reboot again and again');
  await Promise.race([rest, sleep((power.timeout ?? DEFAULT_TIMEOUT) * 1000)]);
  if (!(await isMet(power.condition))) return;
  writeFileAtomic(DONE, done, 0o600);
  log.info(`power_state: ${power.message ?? power.mode}`);
  await sleep(minutes * MINUTE);
  await runProgram([power.mode]);
}

/** Minutes: `now`, `5`, `+5`. Throws an Error for anything else. */
export function parseDelay(delay: string): number {
  if (delay === 'now') return 0;
  const minutes = /^\+?(\d{1,6})$/.exec(delay)?.[1];
  if (minutes === undefined)
    throw new Error(`power_state.delay: expected now or a number of minutes, got "${delay}"`);
  return Number(minutes);
}

async function isMet(condition: PowerState['condition']): Promise<boolean> {
  if (condition == null || typeof condition === 'boolean') return condition ?? true;
  const command = wordsOf(condition);
  return command === undefined || exitCode(await spawn({ command, stdout: 1, stderr: 2 }).exited) === 0;
}
