/** What happens when the process of a container has ended. */

import { type ExitStatus, exitCode } from '../../linux/child.ts';
import { timestamp } from '../../linux/clock.ts';
import { setTimer } from '../../linux/event-loop.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { noteOutOfMemory } from './out-of-memory.ts';
import { cgroupOf, releaseRun } from './release.ts';
import { removeContainer } from './remove.ts';
import { restartDelay } from './restart-policy.ts';

/**
 * Records the end, delivers the last output, and restarts, removes or leaves the container as it was asked for.
 * @param restart starts the container again; called after the delay of its restart policy, if at all
 */
export async function handleExit(
  engine: Engine,
  container: Container,
  status: ExitStatus,
  restart: () => void,
): Promise<void> {
  await container.exclusively(async () => {
    const { state, record } = container;
    container.stopHealthMonitor?.();
    noteOutOfMemory(engine, container);
    // Whatever else runs in it keeps its output open; with its first process a container is over.
    await cgroupOf(engine, container).destroy();
    await container.streams.disconnect();
    container.log?.close();
    container.log = undefined;
    await releaseRun(engine, container);
    const duration = Date.now() - Date.parse(state.startedAt);
    Object.assign(state, {
      status: 'exited',
      pid: 0,
      exitCode: exitCode(status),
      finishedAt: timestamp(),
    });
    publishContainerEvent(engine, container, 'die', {
      execDuration: String(Math.floor(duration / 1000)),
      exitCode: String(state.exitCode),
    });
    const delay = restartDelay(record.hostConfig.RestartPolicy, {
      exitCode: state.exitCode,
      duration,
      restartCount: record.restartCount,
      isManuallyStopped: record.isManuallyStopped || container.isStopping,
      previousDelay: container.restartDelay,
    });
    if (delay !== undefined) scheduleRestart(container, delay, restart);
    container.announce('exit');
    if (delay === undefined) await finish(engine, container);
    else engine.containers.saveOrReport(container);
  });
}

/** Calls `restart` after a time, unless it is given up. */
export function scheduleRestart(container: Container, delay: number, restart: () => void): void {
  container.state.status = 'restarting';
  container.restartDelay = delay;
  container.cancelRestart = setTimer(delay, () => {
    container.cancelRestart = undefined;
    restart();
  });
}

async function finish(engine: Engine, container: Container): Promise<void> {
  if (container.record.hostConfig.AutoRemove && !container.isRestarting) {
    container.announce('stop');
    await removeContainer(engine, container, { removeVolumes: true });
  } else {
    engine.containers.saveOrReport(container);
    container.announce('stop');
  }
}
