/** Carries out what is planned. */

import { mountAll } from '../cloudinit/execute/mounts.ts';
import { makeUsers } from '../cloudinit/execute/users.ts';
import { writeConsoleFiles } from '../cloudinit/execute/write-files.ts';
import { changedKeys, LIVE_KEYS_OF_CONSOLE, readInUse, recordDone } from '../config/in-use.ts';
import type { Config } from '../config/schema.ts';
import type { EngineClient } from '../engine/client.ts';
import { authorizeKeys } from '../init/console/accounts.ts';
import { loadModule, nameMachine, setSysctl } from '../init/kernel-settings.ts';
import { errorMessage } from '../linux/error-report.ts';
import { sleep } from '../linux/event-loop.ts';
import { applyNetwork } from '../network/apply.ts';
import { bringUp, type Progress } from '../services/bring-up.ts';
import { registryAuth } from '../services/pull-image.ts';
import type { ServiceStep } from '../services/start-plan.ts';
import { type ApplyStep, describeStep } from './step.ts';

/** How long the console has to read the configuration, and the pause between two looks, in milliseconds. */
const CONSOLE_PATIENCE = 15_000;
const CONSOLE_PAUSE = 50;

export interface ApplyReport extends Progress {
  stepDone(step: ApplyStep): void;
  stepFailed(step: ApplyStep, why: string): void;
}

export interface ApplyOptions {
  readonly client: EngineClient;
  /** What the steps were planned from. */
  readonly config: Config;
  readonly report: ApplyReport;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
}

/** Carries out the steps in their order; one that fails does not keep the others from being tried. Returns how many failed. */
export async function carryOut(
  steps: readonly ApplyStep[],
  { client, config, report, now }: ApplyOptions,
): Promise<number> {
  let failures = 0;
  const services: ServiceStep[] = [];
  const bringUpServices = async () => {
    const plan = { steps: services.splice(0), problems: [] };
    const { failed } = await bringUp(plan, {
      client,
      progress: report,
      now,
      registryAuth: (image) => registryAuth(config, image),
      build: async (image, build) =>
        (await import('../services/build-image.ts')).imageBuilder(client, config, () => {})(image, build),
    });
    failures += failed.length;
  };
  for (const step of steps) {
    if (step.kind === 'bring up service') services.push(step.step);
    else {
      if (services.length > 0) await bringUpServices();
      try {
        await carryOutStep(step, client, config);
        report.stepDone(step);
      } catch (error) {
        failures++;
        report.stepFailed(step, errorMessage(error));
      }
    }
  }
  if (services.length > 0) await bringUpServices();
  return failures;
}

async function carryOutStep(
  step: Exclude<ApplyStep, { kind: 'bring up service' }>,
  client: EngineClient,
  config: Config,
): Promise<void> {
  switch (step.kind) {
    case 'set host name':
      return nameMachine(step.hostname);
    case 'set sysctl':
      return setSysctl(step.name, step.value);
    case 'load module':
      return loadModule(step.entry);
    case 'authorize keys':
      return authorizeKeys(step.keys, config.disable_root ?? true);
    case 're-execute System Docker':
      return client.reexec({ Arguments: step.args, Environment: step.environment });
    case 'remove service':
      return client.removeContainer(step.id, { v: true, force: true });
    case 'apply network':
      return failIfAny((await applyNetwork()).problems);
    case 'reload console':
      return reloadConsole(client, step.id, config);
    case 'make users':
      failIfAny(await makeUsers(config));
      return recordAllDone(step.changed, config);
    case 'set passwords': {
      const { setPasswords } = await import('../cloudinit/execute/passwords.ts');
      failIfAny(await setPasswords(config));
      return recordAllDone(step.changed, config);
    }
    case 'set time zone': {
      const { setTimeZone } = await import('../cloudinit/execute/time-zone.ts');
      setTimeZone(config.timezone);
      return recordDone('console', 'timezone', config);
    }
    case 'add swap': {
      const { addSwap } = await import('../cloudinit/execute/swap.ts');
      await addSwap(config.swap ?? {});
      return recordDone('console', 'swap', config);
    }
    case 'write files':
      failIfAny(writeConsoleFiles(config.write_files));
      return recordDone('console', 'write_files', config);
    case 'mount':
      failIfAny(await mountAll(config.mounts ?? []));
      return recordDone('console', 'mounts', config);
    case 'reboot':
      return;
  }
}

/** Returns when the console has taken over what it can. */
async function reloadConsole(client: EngineClient, id: string, config: Config): Promise<void> {
  await client.killContainer(id, { signal: 'SIGHUP' });
  for (let left = CONSOLE_PATIENCE; left > 0; left -= CONSOLE_PAUSE) {
    const changed: readonly string[] = changedKeys('console', readInUse('console') ?? {}, config);
    if (!LIVE_KEYS_OF_CONSOLE.some((key) => changed.includes(key))) return;
    await sleep(CONSOLE_PAUSE);
  }
  throw new Error('the console does not take it over; `ros service logs console` may say why');
}

function recordAllDone(keys: readonly string[], config: Config): void {
  for (const key of keys) recordDone('console', key, config);
}

function failIfAny(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('; '));
}

/** A line for people. */
export function lineOf(step: ApplyStep): string {
  const { subject, action, needsReboot } = describeStep(step);
  return `${subject}: ${action}${needsReboot ? '; at the next boot' : ''}`;
}
