/** The orderly end of the machine, by `ros-shutdown`, a client of System Docker (start-shutdown.ts). */
import { readMachineConfig } from '../config/cache.ts';
import type { Config } from '../config/schema.ts';
import { EngineClient } from '../engine/client.ts';
import { monotonicMilliseconds } from '../linux/clock.ts';
import { errorMessage } from '../linux/error-report.ts';
import { sleep } from '../linux/event-loop.ts';
import { log } from '../linux/log.ts';
import { type RebootAction, rebootMachine, syncDisks } from '../linux/reboot.ts';
import { buildGraph } from '../services/graph.ts';
import { parseProject } from '../services/project.ts';
import { shutDown } from '../services/shut-down.ts';
import { planStop } from '../services/stop-plan.ts';
import { SYSTEM_DOCKER_SOCKET } from './boot-settings.ts';
import { printOnConsoles } from './consoles.ts';
import { releaseDisks } from './disks.ts';

/** Seconds for all of it, if `rancher.shutdown_timeout` does not say, and the least that makes sense. */
const TOTAL_TIMEOUT = 60;
const LEAST_TOTAL_TIMEOUT = 5;
/** Seconds for one container, as `docker stop` gives it. */
const STOP_TIMEOUT = 10;

const WORDS = { reboot: 'restart', poweroff: 'power off', halt: 'halt' } as const;

/** `ros-shutdown ACTION`: stops the containers, those that others depend on last, and then the machine. */
export async function shutDownMachine(action: RebootAction): Promise<never> {
  printOnConsoles(`The system is going down: ${WORDS[action]}`);
  const config = await configOrNothing();
  const timeout = Math.max(LEAST_TOTAL_TIMEOUT, config.rancher?.shutdown_timeout ?? TOTAL_TIMEOUT);
  const tooLate = sleep(timeout * 1000).then(() => printOnConsoles(`not all stopped within ${timeout} s`));
  const stopped = stopContainers(config, timeout).catch((error: unknown) => {
    printOnConsoles(`containers cannot be stopped: ${errorMessage(error)}`);
  });
  await Promise.race([stopped, tooLate]);
  await releaseDisks().catch((error: unknown) => log.warn(errorMessage(error)));
  syncDisks();
  printOnConsoles(WORDS[action]);
  rebootMachine(action);
  // A halted machine does nothing more, but the call may come back.
  return new Promise(() => {});
}

/** Nothing that is wrong with it may keep the machine from going down. */
async function configOrNothing(): Promise<Config> {
  try {
    return (await readMachineConfig()).config;
  } catch (error) {
    printOnConsoles(`no configuration: ${errorMessage(error)}`);
    return {};
  }
}

async function stopContainers(config: Config, totalTimeout: number): Promise<void> {
  const client = EngineClient.at(SYSTEM_DOCKER_SOCKET);
  const graph = buildGraph(parseProject(config).services);
  await shutDown(client, planStop(graph, await client.listContainers()), {
    stopTimeout: STOP_TIMEOUT,
    totalTimeout,
    now: () => monotonicMilliseconds() / 1000,
    report: printOnConsoles,
  });
}
