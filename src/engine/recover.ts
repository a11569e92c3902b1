/** After the start of the engine: what was running when it ended is over, and some of it is started again. */
import { timestamp } from '../linux/clock.ts';
import { errorMessage } from '../linux/error-report.ts';
import { log } from '../linux/log.ts';
import { sweepMountIds } from './containers/mount-id.ts';
import { releaseRun } from './containers/release.ts';
import { removeContainer } from './containers/remove.ts';
import { startsWithEngine } from './containers/restart-policy.ts';
import { startContainer } from './containers/start.ts';
import type { Engine } from './engine.ts';

/** The exit code of a container whose end nobody saw, as in Docker. */
const UNKNOWN_EXIT_CODE = 255;

/**
 * Cleans up after an engine that ended without stopping its containers.
 * @param resumed ids of the containers that were taken over from it and are left alone
 */
export async function cleanUpAfterCrash(
  engine: Engine,
  resumed: ReadonlySet<string> = new Set(),
): Promise<void> {
  sweepMountIds(engine);
  for (const container of engine.containers.all()) {
    if (resumed.has(container.id)) continue;
    const { state, record } = container;
    const wasRunning = container.isRunning;
    await releaseRun(engine, container);
    if (wasRunning) {
      Object.assign(state, {
        status: 'exited',
        pid: 0,
        exitCode: UNKNOWN_EXIT_CODE,
        finishedAt: timestamp(),
      });
      if (state.health !== undefined) state.health.status = 'unhealthy';
      engine.containers.saveOrReport(container);
    }
    const isHalfRemoved = state.status === 'removing' || state.status === 'dead';
    // Also one that was never started: its removal may have been lost with the power.
    if (isHalfRemoved || record.hostConfig.AutoRemove) {
      await removeContainer(engine, container, { removeVolumes: true });
    }
  }
}

/**
 * Starts the containers whose restart policy asks for it.
 * @param isForOthers tells by its labels whether somebody else starts a container
 */
export async function startByPolicy(
  engine: Engine,
  isForOthers: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<void> {
  for (const container of engine.containers.all()) {
    const { config, hostConfig, isManuallyStopped, name } = container.record;
    if (!startsWithEngine(hostConfig.RestartPolicy, isManuallyStopped)) continue;
    if (isForOthers(config.Labels ?? {})) continue;
    await startContainer(engine, container).catch((error) => {
      log.error(`container ${name} was not started: ${errorMessage(error)}`);
    });
  }
}
