/** `docker stop`, `kill`, `restart`, `pause` and `unpause`. */
import { parseSignal, signalNumber } from '../../linux/signal.ts';
import type { Engine } from '../engine.ts';
import { conflict, invalidParameter, notModified } from '../errors.ts';
import type { Container } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { endProcess, giveUpRestart, sendSignal } from './end-process.ts';
import { startHealthMonitor } from './health-monitor.ts';
import { cgroupOf } from './release.ts';
import { startContainer } from './start.ts';

export interface StopOptions {
  /** Seconds before SIGKILL; negative waits for ever. */
  readonly timeout?: number | undefined;
  readonly signal?: string | undefined;
  /** The machine goes down: a container that restarts `unless-stopped` starts again with the engine. */
  readonly withMachine?: boolean;
}

/** Stops a container by request. Throws 304 if it does not run. */
export async function stopContainer(
  engine: Engine,
  container: Container,
  options: StopOptions,
): Promise<void> {
  const signal = stopSignal(container, options.signal);
  if (!container.isRunning) throw notModified();
  container.record.isManuallyStopped = options.withMachine !== true;
  await endProcess(engine, container, signal, options.timeout);
  publishContainerEvent(engine, container, 'stop');
}

/** Stops a container, if it runs, and starts it. */
export async function restartContainer(
  engine: Engine,
  container: Container,
  options: StopOptions,
): Promise<void> {
  const signal = stopSignal(container, options.signal);
  container.isRestarting = true;
  try {
    if (container.isRunning) {
      await endProcess(engine, container, signal, options.timeout);
      publishContainerEvent(engine, container, 'stop');
    }
  } finally {
    container.isRestarting = false;
  }
  await startContainer(engine, container);
  publishContainerEvent(engine, container, 'restart');
}

/** Sends a signal by request; waits for the end if it is SIGKILL. */
export async function killContainer(engine: Engine, container: Container, signalText: string): Promise<void> {
  const signal = parseSignal(signalText || 'KILL');
  if (signal === undefined) throw invalidParameter(`invalid signal: ${signalText}`);
  if (container.state.status === 'restarting') {
    container.record.isManuallyStopped = true;
    await giveUpRestart(engine, container);
    if (!container.isAlive) return;
  }
  if (!container.isAlive) {
    throw conflict(
      `cannot kill container: ${container.record.name}: container ${container.id} is not running`,
    );
  }
  const isFatal = signal === signalNumber('SIGKILL');
  if (isFatal || signal === stopSignal(container, undefined)) container.record.isManuallyStopped = true;
  const ended = isFatal ? container.next('exit') : undefined;
  await sendSignal(engine, container, signal);
  if (isFatal && container.state.status === 'paused') await cgroupOf(engine, container).setFrozen(false);
  await ended;
}

/** Freezes all processes of a container. */
export async function pauseContainer(engine: Engine, container: Container): Promise<void> {
  if (container.state.status === 'paused') throw conflict(`container ${container.id} is already paused`);
  if (!container.isAlive) throw conflict(`container ${container.id} is not running`);
  await cgroupOf(engine, container).setFrozen(true);
  container.state.status = 'paused';
  container.stopHealthMonitor?.();
  engine.containers.saveOrReport(container);
  publishContainerEvent(engine, container, 'pause');
}

/** Lets the processes of a paused container go on. */
export async function unpauseContainer(engine: Engine, container: Container): Promise<void> {
  if (container.state.status !== 'paused') throw conflict(`container ${container.id} is not paused`);
  await cgroupOf(engine, container).setFrozen(false);
  container.state.status = 'running';
  startHealthMonitor(engine, container);
  engine.containers.saveOrReport(container);
  publishContainerEvent(engine, container, 'unpause');
}

function stopSignal(container: Container, requested: string | undefined): number {
  const text = requested || container.record.config.StopSignal || 'TERM';
  const signal = parseSignal(text);
  if (signal === undefined) throw invalidParameter(`invalid signal: ${text}`);
  return signal;
}
