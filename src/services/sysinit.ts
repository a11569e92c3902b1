/** What `ros-sysinit` does: brings up the services of the OS. It is a client of System Docker, and ends. */
import type { Config } from '../config/schema.ts';
import type { EngineClient } from '../engine/client.ts';
import { errorMessage } from '../linux/error-report.ts';
import { sleep } from '../linux/event-loop.ts';
import type { NewSha256 } from '../oci/digest.ts';
import { bringUp, type Progress } from './bring-up.ts';
import { COMPOSE_LABEL, PROJECT } from './labels.ts';
import { readLastLines } from './last-lines.ts';
import { parseProject } from './project.ts';
import { formatPlan, type Inventory, planStart, type ServiceStep } from './start-plan.ts';

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

/** Starts all services. Returns how many could not be started, or do not run any more. */
export async function sysinit(client: EngineClient, options: SysinitOptions): Promise<number> {
  const { report, newSha256, now } = options;
  await waitForEngine(client, now);
  const told = new Set<string>();
  const plan = async (config: Config) => {
    const found = planStart(parseProject(config), await takeInventory(client), newSha256);
    for (const problem of found.problems) if (!told.has(problem)) report.error(problem);
    for (const problem of found.problems) told.add(problem);
    for (const line of formatPlan(found)) report.debug(line);
    return found;
  };
  const first = await plan(options.config);
  const progress = progressLines(report);
  const replan = async () => plan(await options.reload());
  const { failed, steps } = await bringUp(first, { client, progress, now, replan });
  const fallen = await findFallen(client, steps, failed);
  for (const { name, status, id } of fallen) {
    progress.failed(name, `it does not run any more: ${status}`, await readLastLines(client, id, 10));
  }
  return failed.length + fallen.length;
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

function progressLines(report: Report): Progress {
  return {
    done(service, what, milliseconds) {
      const line = `${service} ${what} (${(milliseconds / 1000).toFixed(2)} s)`;
      if (what === 'created') report.debug(line);
      else report.info(line);
    },
    failed(service, why, lastLines) {
      report.error([`service ${service}: ${why}`, ...lastLines.map((line) => `  ${line}`)].join('\n'));
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
