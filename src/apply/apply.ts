/** Carries out what is planned. */
import type { EngineClient } from '../engine/client.ts';
import { authorizeKeys } from '../init/console/accounts.ts';
import { loadModule, nameMachine, setSysctl } from '../init/kernel-settings.ts';
import { errorMessage } from '../linux/error-report.ts';
import { bringUp, type Progress } from '../services/bring-up.ts';
import type { ServiceStep } from '../services/start-plan.ts';
import { type ApplyStep, describeStep } from './step.ts';

export interface ApplyReport extends Progress {
  stepDone(step: ApplyStep): void;
  stepFailed(step: ApplyStep, why: string): void;
}

/** Carries out the steps in their order; one that fails does not keep the others from being tried. Returns how many failed. */
export async function carryOut(
  client: EngineClient,
  steps: readonly ApplyStep[],
  report: ApplyReport,
  now: () => number,
): Promise<number> {
  let failures = 0;
  const services: ServiceStep[] = [];
  const bringUpServices = async () => {
    const plan = { steps: services.splice(0), problems: [] };
    const { failed } = await bringUp(plan, { client, progress: report, now });
    failures += failed.length;
  };
  for (const step of steps) {
    if (step.kind === 'bring up service') services.push(step.step);
    else {
      if (services.length > 0) await bringUpServices();
      try {
        await carryOutStep(client, step);
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
  client: EngineClient,
  step: Exclude<ApplyStep, { kind: 'bring up service' }>,
): Promise<void> {
  switch (step.kind) {
    case 'set host name':
      return nameMachine(step.hostname);
    case 'set sysctl':
      return setSysctl(step.name, step.value);
    case 'load module':
      return loadModule(step.entry);
    case 'authorize keys':
      return authorizeKeys(step.keys);
    case 're-execute System Docker':
      return client.reexec({ Arguments: step.args, Environment: step.environment });
    case 'remove service':
      return client.removeContainer(step.id, { v: true, force: true });
    case 'restart service':
      return client.restartContainer(step.name);
    case 'reboot':
      return;
  }
}

/** A line for people. */
export function lineOf(step: ApplyStep): string {
  const { subject, action, needsReboot } = describeStep(step);
  return `${subject}: ${action}${needsReboot ? '; at the next boot' : ''}`;
}
