/** What `ros-sysinit` does: brings up the services of the OS. It is a client of System Docker, and ends. */
import type { Config } from '../config/schema.ts';
import type { EngineClient } from '../engine/client.ts';
import { currentTime } from '../linux/clock.ts';
import { errorMessage } from '../linux/error-report.ts';
import { sleep } from '../linux/event-loop.ts';
import type { NewSha256 } from '../oci/digest.ts';
import type { BootEvent } from './boot-timeline.ts';
import { bringUp, type Progress } from './bring-up.ts';
import type { NetworkUse } from './catalogue.ts';
import { includeServices } from './include.ts';
import { COMPOSE_LABEL, PROJECT } from './labels.ts';
import { readLastLines } from './last-lines.ts';
import { withPatience } from './patience.ts';
import { parseProject } from './project.ts';
import { registryAuth } from './pull-image.ts';
import { ServiceError } from './service-error.ts';
import { showOutput } from './shown-output.ts';
import { formatPlan, type Inventory, planStart, type ServiceStep, type StartPlan } from './start-plan.ts';

/** Where lines for people go. */
export interface Report {
  debug(line: string): void;
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

export interface SysinitOptions {
  readonly config: Config;
  /** Reads the configuration again, which other services may have changed. */
  readonly reload: () => Promise<Config>;
  readonly report: Report;
  readonly newSha256: NewSha256;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
}

/** How long System Docker may take to answer, and the pause between two questions, in milliseconds. */
const ENGINE_PATIENCE = 60_000;
const ENGINE_PAUSE = 50;

/** The service after which definitions and images can be fetched. */
const NETWORK = 'network';
/** The service by which people get in. */
const CONSOLE = 'console';
const DEFAULT_ATTEMPTS = 6;

/** How long a service of `rancher.restart_services` has to stop. */
const RESTART_SECONDS = 10;

/** Starts all services. `failures`: how many could not be started, or do not run any more. */
export async function sysinit(
  client: EngineClient,
  options: SysinitOptions,
): Promise<{ failures: number; times: BootEvent[] }> {
  const { report, newSha256, now } = options;
  await waitForEngine(client, now);
  let config = options.config;
  const attempts = () => Math.max(1, config.rancher?.http_load_retries ?? DEFAULT_ATTEMPTS);
  const told = new Set<string>();
  const tell = (problem: string) => {
    if (!told.has(problem)) report.error(problem);
    told.add(problem);
  };
  const include = async (use: NetworkUse) => {
    const openCatalogue = async () => (await import('./catalogue.ts')).openCatalogue(config, newSha256);
    return includeServices(config, openCatalogue, use);
  };
  const plan = async (included: Config) => {
    const found = planStart(parseProject(included), await takeInventory(client), newSha256);
    found.problems.forEach(tell);
    for (const line of formatPlan(found)) report.debug(line);
    return found;
  };
  /** With the network: what is still missing is fetched, and what cannot be had is told. */
  const replan = async () => {
    config = await options.reload();
    let last = await include('if absent');
    if (last.mayComeLater) {
      await withPatience(attempts(), async () => {
        last = await include('if absent');
        if (last.mayComeLater) throw new ServiceError('some definitions cannot be had');
      }).catch(() => {});
    }
    for (const [name, reason] of last.missing) tell(`rancher.services_include.${name}: ${reason}`);
    failures = last.missing.size;
    return plan(last.config);
  };
  let failures = 0;
  const { config: included, missing } = await include('never');
  let first = await plan(included);
  if (missing.size > 0) {
    const hasNetwork = first.steps.some(({ name }) => name === NETWORK);
    first = hasNetwork ? reloadingAfterNetwork(first) : await replan();
  }
  const times: BootEvent[] = [];
  const lines = progressLines(report);
  const ends: (() => void)[] = [];
  const since = currentTime().seconds;
  const show = (text: string) => text.split('\n').filter(Boolean).forEach(report.info);
  const done: Progress['done'] = (service, what, milliseconds) => {
    lines.done(service, what, milliseconds);
    if (what === 'started' && config.rancher?.log) ends.push(showOutput(client, service, since, show));
  };
  const progress = timed({ ...lines, done }, times, now);
  const { failed, steps } = await bringUp(first, {
    client,
    progress,
    now,
    urgent: CONSOLE,
    replan,
    registryAuth: (image) => registryAuth(config, image),
    build: async (image, build) =>
      (await import('./build-image.ts')).imageBuilder(client, config, report.debug)(image, build),
    pullAttempts: attempts(),
  });
  for (const name of config.rancher?.restart_services ?? []) {
    const step = steps.find(
      (each) => each.name === name && each.start === 'detached' && !failed.includes(name),
    );
    if (step === undefined) tell(`rancher.restart_services: ${name}: no such service runs; ignored`);
    else await client.restartContainer(step.containerName, { t: RESTART_SECONDS });
  }
  for (const end of ends) end();
  const fallen = await findFallen(client, steps, failed);
  for (const { name, status, id } of fallen) {
    progress.failed(name, `it does not run any more: ${status}`, await readLastLines(client, id, 10));
  }
  return { failures: failures + failed.length + fallen.length, times };
}

function reloadingAfterNetwork(plan: StartPlan): StartPlan {
  const steps = plan.steps.map((step) => (step.name === NETWORK ? { ...step, reloadsConfig: true } : step));
  return { ...plan, steps };
}

/** What System Docker has now. */
export async function takeInventory(
  client: Pick<EngineClient, 'listContainers' | 'listImages' | 'listNetworks'>,
): Promise<Inventory> {
  const [containers, images, networks] = await Promise.all([
    client.listContainers({ all: true }),
    client.listImages(),
    client.listNetworks(),
  ]);
  return { containers, images, networks: networks.map(({ Name }) => Name) };
}

async function waitForEngine(client: EngineClient, now: () => number): Promise<void> {
  const deadline = now() + ENGINE_PATIENCE;
  for (;;) {
    try {
      await client.ping();
      return;
    } catch (error) {
      if (now() > deadline) {
        throw new Error(`System Docker does not answer: ${errorMessage(error)}`, { cause: error });
      }
      await sleep(ENGINE_PAUSE);
    }
  }
}

/** Once the console is there somebody may be typing on it, and is only told what failed. */
function progressLines(report: Report): Progress {
  let isDisturbing = false;
  return {
    done(service, what, milliseconds) {
      const line = `${service} ${what} (${(milliseconds / 1000).toFixed(2)} s)`;
      if (what === 'created' || isDisturbing) report.debug(line);
      else report.info(line);
      isDisturbing ||= service === CONSOLE;
    },
    failed(service, why, lastLines) {
      report.error([`service ${service}: ${why}`, ...lastLines.map((line) => `  ${line}`)].join('\n'));
    },
  };
}

/** Notes when what happened. */
function timed(progress: Progress, times: BootEvent[], now: () => number): Progress {
  return {
    done(name, outcome, milliseconds) {
      const end = now() / 1000;
      if (outcome !== 'created') times.push({ name, begin: end - milliseconds / 1000, end, outcome });
      progress.done(name, outcome, milliseconds);
    },
    failed(name, why, lastLines) {
      times.push({ name: `${name} failed: ${why}`, begin: now() / 1000 });
      progress.failed(name, why, lastLines);
    },
  };
}

/** Services that were started and have failed since. One that is done with its work has not. */
async function findFallen(
  client: EngineClient,
  steps: readonly ServiceStep[],
  failed: readonly string[],
): Promise<{ name: string; status: string; id: string }[]> {
  const filters = { label: [`${COMPOSE_LABEL.PROJECT}=${PROJECT}`] };
  const containers = await client.listContainers({ all: true, filters });
  return steps
    .filter(({ name, start }) => start === 'detached' && !failed.includes(name))
    .flatMap(({ name, containerName }) => {
      const container = containers.find(({ Names }) => Names.includes(`/${containerName}`));
      if (container === undefined || container.State === 'running') return [];
      if (container.Status.startsWith('Exited (0)')) return [];
      return [{ name, status: container.Status, id: container.Id }];
    });
}
