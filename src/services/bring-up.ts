/** Carries out a start plan. */
import type { EngineClient } from '../engine/client.ts';
import { errorMessage } from '../linux/error-report.ts';
import type { ServiceBuild } from './compose-build.ts';
import type { Condition } from './compose-depends.ts';
import { predecessorsOf } from './graph.ts';
import { readLastLines } from './last-lines.ts';
import { withPatience } from './patience.ts';
import { pullImage } from './pull-image.ts';
import { ServiceError } from './service-error.ts';
import { type ServiceStep, type StartPlan, settled } from './start-plan.ts';
import { waitUntilHealthy } from './wait-until-healthy.ts';

/** The parts of the engine's client that are used here. */
export type StartClient = Pick<
  EngineClient,
  | 'createContainer'
  | 'createNetwork'
  | 'pullImage'
  | 'removeContainer'
  | 'startContainer'
  | 'waitContainer'
  | 'containerLogs'
  | 'inspectContainer'
  | 'putArchive'
  | 'events'
>;

/** What happens, as it happens. */
export interface Progress {
  /** A service is as far as it shall be: `created`, `started`, `healthy`, `finished`. */
  done(service: string, what: string, milliseconds: number): void;
  /** A service cannot be brought up. The lines are the last that it wrote. */
  failed(service: string, why: string, lastLines: readonly string[]): void;
}

export interface BringUpOptions {
  readonly client: StartClient;
  readonly progress: Progress;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
  /** The account for an image that must be pulled. */
  readonly registryAuth?: (image: string) => string | undefined;
  /** Makes an image that is not there and has a Dockerfile; without it, that is a failure. */
  readonly build?: (image: string, build: ServiceBuild) => Promise<void>;
  /** How often a pull is tried. */
  readonly pullAttempts?: number;
  /**
   * The service that others make way for: while its container, or one before it, is being made, none of theirs is begun.
   * Where there is little to do it with, everything that is done meanwhile delays it.
   */
  readonly urgent?: string;
  /** Reads the configuration anew, after a service that asks for it; what has not begun yet follows the new plan. */
  readonly replan?: () => Promise<StartPlan>;
}

/** How much of a failed service's output is shown. */
const LAST_LINES = 10;

/** How far a service has come: true for what has been reached, false for what never will. */
type Milestones = Map<Condition, boolean>;

/**
 * Brings the services up, each as soon as those before it are as far as it wants them. A failure is reported and stops
 * nothing but the services that need the failed one.
 * @returns the names of the services that failed, and the steps as they were in the end
 */
export function bringUp(
  first: StartPlan,
  options: BringUpOptions,
): Promise<{ failed: string[]; steps: readonly ServiceStep[] }> {
  const { client, progress, now, replan, urgent, pullAttempts = 1 } = options;
  const reached = new Map<string, Milestones>();
  const failed = new Set<string>();
  /** The urgent ones whose containers are being made. */
  const making = new Set<string>();
  let plan = first;
  let isUrgent = urgencyOf(plan, urgent);
  let busy = 0;

  return new Promise((resolve) => {
    const begin = (step: ServiceStep) => {
      const milestones: Milestones = new Map();
      reached.set(step.name, milestones);
      // A pull may take minutes.
      if (isUrgent(step) && !step.isImageAbsent) making.add(step.name);
      const reach = (condition: Condition, isReached: boolean) => {
        milestones.set(condition, isReached);
        if (condition === (step.start === 'until exit' ? 'started' : 'ready')) making.delete(step.name);
        proceed();
      };
      const fail = async (why: string, id?: string) => {
        failed.add(step.name);
        progress.failed(step.name, why, id === undefined ? [] : await readLastLines(client, id, LAST_LINES));
      };
      busy += 1;
      void runStep(step, { client, now, reach, fail, getImage, done: progress.done, reload })
        .catch((error: unknown) => fail(errorMessage(error)))
        .then(() => {
          for (const condition of ['started', 'healthy', 'completed', 'ready'] as const) {
            if (!milestones.has(condition)) milestones.set(condition, false);
          }
          making.delete(step.name);
          busy -= 1;
          proceed();
        });
    };

    const getImage = async ({ name, request, build }: ServiceStep) => {
      const image = request.Image ?? '';
      if (build !== undefined && options.build !== undefined) return options.build(image, build);
      if (build !== undefined)
        throw new ServiceError(`its image ${image} is not there; ros service build ${name} makes it`);
      return withPatience(pullAttempts, () => pullImage(client, image, options.registryAuth?.(image)));
    };

    const reload = async () => {
      if (replan !== undefined) plan = await replan();
      isUrgent = urgencyOf(plan, urgent);
    };

    /** Begins whatever can begin now. */
    const proceed = () => {
      const { steps } = plan;
      const others = steps.filter((step) => !isUrgent(step));
      for (const step of [...steps.filter(isUrgent), ...others]) {
        if (reached.has(step.name) || (making.size > 0 && !isUrgent(step))) continue;
        const verdict = settled(step, (name) => reached.get(name));
        if (verdict === 'wait') continue;
        if (verdict === 'go') begin(step);
        else {
          failed.add(step.name);
          reached.set(step.name, new Map(NEVER));
          progress.failed(step.name, `it needs ${verdict.missing.join(' and ')}`, []);
          proceed();
          return;
        }
      }
      if (busy === 0) resolve({ failed: [...failed], steps: plan.steps });
    };
    proceed();
  });
}

/** Tells the urgent service and those before it from the others. */
function urgencyOf({ steps }: StartPlan, urgent: string | undefined): (step: ServiceStep) => boolean {
  if (urgent === undefined) return () => false;
  const names = predecessorsOf(urgent, new Map(steps.map((step) => [step.name, step.dependencies])));
  return ({ name }) => names.has(name);
}

const NEVER: readonly (readonly [Condition, boolean])[] = [
  ['started', false],
  ['healthy', false],
  ['completed', false],
  ['ready', false],
];

interface StepOptions {
  readonly client: StartClient;
  readonly now: () => number;
  readonly reach: (condition: Condition, isReached: boolean) => void;
  readonly fail: (why: string, id?: string) => Promise<void>;
  readonly done: Progress['done'];
  readonly reload: () => Promise<void>;
  readonly getImage: (step: ServiceStep) => Promise<void>;
}

/** Resolves when everything that others wait for has been reached, or will not be. */
async function runStep(step: ServiceStep, options: StepOptions): Promise<void> {
  const { client, now, reach, done, fail } = options;
  const start = now();
  if (step.isImageAbsent && step.action.kind !== 'keep') await options.getImage(step);
  const id = await makeContainer(client, step);
  if (step.files.length > 0) await writeFiles(options, id, step);
  if (step.start === 'no') {
    done(step.name, 'created', now() - start);
    for (const condition of ['started', 'healthy', 'completed', 'ready'] as const) reach(condition, true);
    return;
  }
  const isAwaited = (condition: Condition) => step.awaited.includes(condition);
  const waitsForExit = step.start === 'until exit' || isAwaited('completed');
  const exit = waitsForExit ? await client.waitContainer(id, 'next-exit') : undefined;
  await client.startContainer(id).catch((error: unknown) => {
    exit?.close();
    throw error;
  });
  const arrive = async (condition: 'started' | 'completed') => {
    const isReady = (step.start === 'until exit') === (condition === 'completed');
    if (isReady && step.reloadsConfig) await options.reload();
    reach(condition, true);
    if (isReady) reach('ready', true);
  };
  await arrive('started');
  if (exit === undefined) done(step.name, 'started', now() - start);
  const healthy = isAwaited('healthy') ? waitUntilHealthy(client, id) : undefined;
  const health = healthy?.then(async (reason) => {
    if (reason !== undefined) await fail(reason, id);
    else done(step.name, 'healthy', now() - start);
    reach('healthy', reason === undefined);
  });
  if (exit !== undefined) {
    const status = (await exit.result).StatusCode;
    if (status !== 0) {
      await fail(`it exited with status ${status}`, id);
      return;
    }
    done(step.name, 'finished', now() - start);
    await arrive('completed');
  }
  await health;
}

/** A file that cannot be written is told, and keeps nobody from starting. */
async function writeFiles({ client, fail }: StepOptions, id: string, step: ServiceStep): Promise<void> {
  const { archiveOfFiles } = await import('./service-files.ts');
  const { archive, problems } = archiveOfFiles(step);
  for (const problem of problems) await fail(problem);
  if (archive !== undefined) await client.putArchive(id, '/', archive);
}

/** Returns the id of the service's container. */
async function makeContainer(
  client: StartClient,
  { action, containerName, request, missingNetworks }: ServiceStep,
): Promise<string> {
  if (action.kind === 'keep') return action.id;
  // Two services may make the same one at the same time.
  for (const name of missingNetworks) await client.createNetwork({ Name: name }).catch(ignoreConflict);
  if (action.kind === 'replace') await client.removeContainer(action.id, { v: true, force: true });
  return (await client.createContainer(request, containerName)).Id;
}

function ignoreConflict(error: unknown): void {
  if (!(error instanceof Error && 'status' in error && error.status === 409)) throw error;
}
