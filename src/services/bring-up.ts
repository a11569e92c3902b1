/** Carries out a start plan. */
import type { EngineClient } from '../engine/client.ts';
import { errorMessage } from '../linux/error-report.ts';
import { readLastLines } from './last-lines.ts';
import type { ServiceStep, StartPlan } from './start-plan.ts';

/** The parts of the engine's client that are used here. */
export type StartClient = Pick<
  EngineClient,
  'createContainer' | 'removeContainer' | 'startContainer' | 'waitContainer' | 'containerLogs'
>;

/** What happens, as it happens. */
export interface Progress {
  /** A service is as far as it shall be: `created`, `started`, `finished`. */
  done(service: string, what: string, milliseconds: number): void;
  /** A service cannot be brought up. The lines are the last that it wrote. */
  failed(service: string, why: string, lastLines: readonly string[]): void;
}

/** How much of a failed service's output is shown. */
const LAST_LINES = 10;

/**
 * Brings the services up, each as soon as those before it are there. A failure is reported and stops nothing but the
 * services that need the failed one.
 * @param now milliseconds of a clock that never jumps
 * @returns the names of the services that failed
 */
export async function bringUp(
  client: StartClient,
  plan: StartPlan,
  progress: Progress,
  now: () => number,
): Promise<string[]> {
  const outcomes = new Map<string, Promise<boolean>>();
  const run = async (step: ServiceStep): Promise<boolean> => {
    const missing: string[] = [];
    for (const [name, kind] of step.dependencies) {
      const isThere = await outcomes.get(name);
      if (!isThere && kind === 'needs') missing.push(name);
    }
    if (missing.length === 0) return runStep(client, step, progress, now);
    progress.failed(step.name, `it needs ${missing.join(' and ')}`, []);
    return false;
  };
  for (const step of plan.steps) outcomes.set(step.name, run(step));
  const failed: string[] = [];
  for (const [name, outcome] of outcomes) if (!(await outcome)) failed.push(name);
  return failed;
}

async function runStep(
  client: StartClient,
  step: ServiceStep,
  progress: Progress,
  now: () => number,
): Promise<boolean> {
  const start = now();
  try {
    const id = await makeContainer(client, step);
    if (step.start === 'no') {
      progress.done(step.name, 'created', now() - start);
      return true;
    }
    const exit = step.start === 'until exit' ? await client.waitContainer(id, 'next-exit') : undefined;
    await client.startContainer(id).catch((error: unknown) => {
      exit?.close();
      throw error;
    });
    const status = (await exit?.result)?.StatusCode ?? 0;
    if (status !== 0) {
      progress.failed(
        step.name,
        `it exited with status ${status}`,
        await readLastLines(client, id, LAST_LINES),
      );
      return false;
    }
    progress.done(step.name, exit === undefined ? 'started' : 'finished', now() - start);
    return true;
  } catch (error) {
    progress.failed(step.name, errorMessage(error), []);
    return false;
  }
}

/** Returns the id of the service's container. */
async function makeContainer(
  client: StartClient,
  { action, containerName, request }: ServiceStep,
): Promise<string> {
  if (action.kind === 'keep') return action.id;
  if (action.kind === 'replace') await client.removeContainer(action.id, { v: true, force: true });
  return (await client.createContainer(request, containerName)).Id;
}
