/** Signals to the process of a container, its end, and the restarts that are given up. */
import { isErrno } from '../../linux/errno.ts';
import { setTimer } from '../../linux/event-loop.ts';
import { kill, signalNumber } from '../../linux/signal.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { cgroupOf } from './release.ts';

const DEFAULT_TIMEOUT_SECONDS = 10;

/** Ends the process: its stop signal, and SIGKILL once the time is over. Also gives up a pending restart. */
export async function endProcess(
  engine: Engine,
  container: Container,
  signal: number,
  timeout = container.record.config.StopTimeout ?? DEFAULT_TIMEOUT_SECONDS,
): Promise<void> {
  if (container.state.status === 'restarting') await giveUpRestart(engine, container);
  if (!container.isAlive) return;
  container.isStopping = true;
  const ended = container.next('exit');
  if (container.state.status === 'paused') await cgroupOf(engine, container).setFrozen(false);
  await sendSignal(engine, container, signal);
  const cancel =
    timeout < 0
      ? () => {}
      : setTimer(timeout * 1000, () => sendSignal(engine, container, signalNumber('SIGKILL')));
  await ended;
  cancel();
}

/** Sends a signal, if there is still a process. */
export async function sendSignal(engine: Engine, container: Container, signal: number): Promise<void> {
  if (container.state.pid === 0) return;
  try {
    kill(container.state.pid, signal);
    publishContainerEvent(engine, container, 'kill', { signal: String(signal) });
  } catch (error) {
    // It has ended a moment ago, and its exit is about to be handled.
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

/** Gives up a restart that is waiting for its time. The container counts as exited. */
export function cancelPendingRestart(container: Container): void {
  container.cancelRestart?.();
  container.cancelRestart = undefined;
  if (container.state.status === 'restarting') container.state.status = 'exited';
}

/** Gives up a pending restart by request. If it is under way already, the container runs afterwards. */
export function giveUpRestart(engine: Engine, container: Container): Promise<void> {
  return container.exclusively(async () => {
    if (container.state.status !== 'restarting') return;
    cancelPendingRestart(container);
    engine.containers.saveOrReport(container);
    container.announce('stop');
  });
}
