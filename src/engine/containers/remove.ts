/** `docker rm` and `--rm`. */
import { errorMessage } from '../../linux/error-report.ts';
import { signalNumber } from '../../linux/signal.ts';
import type { Engine } from '../engine.ts';
import { conflict } from '../errors.ts';
import type { Container } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { endProcess } from './end-process.ts';
import { removeMountId } from './mount-id.ts';
import { removeAnonymousVolumes } from './mounts.ts';
import { releaseRun } from './release.ts';

export interface RemoveOptions {
  /** Its anonymous volumes go with it. */
  readonly removeVolumes: boolean;
}

/** Removes a container by request; one that runs only with `force`, which kills it. */
export async function removeByRequest(
  engine: Engine,
  container: Container,
  options: RemoveOptions & { readonly force: boolean },
): Promise<void> {
  if (container.state.status === 'removing') {
    throw conflict(`removal of container ${container.record.name} is already in progress`);
  }
  for (let isGone = false; !isGone; ) {
    if (container.isRunning) await endForRemoval(engine, container, options.force);
    isGone = await container.exclusively(async () => {
      // With --rm it may have gone by itself in the meantime; or somebody has started it.
      if (engine.containers.find(container.id) !== container) return true;
      if (container.isRunning) return false;
      await removeContainer(engine, container, options);
      return true;
    });
  }
}

async function endForRemoval(engine: Engine, container: Container, force: boolean): Promise<void> {
  const { name } = container.record;
  const { status } = container.state;
  if (!force) {
    const advice = status === 'paused' ? 'unpause and then stop' : 'stop';
    throw conflict(
      `cannot remove container "${name}": container is ${status}: ${advice} the container before removing or force remove`,
    );
  }
  container.record.isManuallyStopped = true;
  await endProcess(engine, container, signalNumber('SIGKILL'));
}

/** Removes a container that does not run. For callers that hold its turn. */
export async function removeContainer(
  engine: Engine,
  container: Container,
  options: RemoveOptions,
): Promise<void> {
  container.state.status = 'removing';
  try {
    await releaseRun(engine, container);
    engine.containers.remove(container);
    removeMountId(engine, container);
  } catch (error) {
    container.state.status = 'dead';
    container.state.error = errorMessage(error);
    throw error;
  }
  if (options.removeVolumes) removeAnonymousVolumes(engine, container);
  publishContainerEvent(engine, container, 'destroy');
  container.announce('removal');
}
