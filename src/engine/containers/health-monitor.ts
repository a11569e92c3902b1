/** Carries out the health checks of a running container: one probe after the other, each an exec of its own. */
import { timestamp } from '../../linux/clock.ts';
import { isErrno } from '../../linux/errno.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { setTimer } from '../../linux/event-loop.ts';
import { log } from '../../linux/log.ts';
import { kill, signalNumber } from '../../linux/signal.ts';
import type { Engine } from '../engine.ts';
import { goDuration } from '../go-duration.ts';
import { OutputClient } from '../streams/output-client.ts';
import type { Container } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { createExec, type Exec, startExec } from './exec.ts';
import {
  type HealthCheck,
  healthCheckOf,
  type ProbeResult,
  probeDelay,
  recordProbe,
} from './health-check.ts';
import { ProbeOutput } from './probe-output.ts';

/** At the start of a container: its health is unknown, whatever it was before. */
export function beginHealth({ record }: Container): void {
  if (healthCheckOf(record.config) === undefined) return;
  record.state.health = { status: 'starting', failingStreak: 0, log: record.state.health?.log ?? [] };
}

/** Probes a container regularly until `stopHealthMonitor`; does nothing without a health check. */
export function startHealthMonitor(engine: Engine, container: Container): void {
  const check = healthCheckOf(container.record.config);
  const { health, startedAt } = container.state;
  if (check === undefined || health === undefined) return;
  let isOver = false;
  let cancelTimer = () => {};
  const runningSince = (instant: number) => instant - Date.parse(startedAt);
  const schedule = () => {
    cancelTimer = setTimer(probeDelay(check, health, runningSince(Date.now())), async () => {
      const result = await probe(engine, container, check);
      if (isOver) return;
      const before = health.status;
      recordProbe(check, health, result, runningSince(Date.parse(result.start)));
      if (health.status !== before) announceHealth(engine, container, health.status);
      schedule();
    });
  };
  schedule();
  container.stopHealthMonitor = () => {
    isOver = true;
    cancelTimer();
    container.stopHealthMonitor = undefined;
    // As in Docker: what is not watched does not count as healthy.
    health.status = 'unhealthy';
  };
}

function announceHealth(engine: Engine, container: Container, status: string): void {
  publishContainerEvent(engine, container, `health_status: ${status}`);
  try {
    engine.containers.saveOrReport(container);
  } catch (error) {
    log.error(errorMessage(error));
  }
}

/** Runs the check once. Never rejects: what goes wrong is a failure of the probe. */
async function probe(engine: Engine, container: Container, check: HealthCheck): Promise<ProbeResult> {
  const start = timestamp();
  const output = new ProbeOutput();
  let exec: Exec | undefined;
  let isLate = false;
  const cancel = setTimer(check.timeout, () => {
    isLate = true;
    if (exec !== undefined) killExec(exec);
  });
  const result = (exitCode: number, text: string) => ({ start, end: timestamp(), exitCode, output: text });
  try {
    exec = createExec(engine, container, { Cmd: [...check.command], AttachStdout: true, AttachStderr: true });
    exec.streams.attach({
      client: new OutputClient(
        async (data) => output.add(data),
        () => {},
      ),
      frame: (_name, data) => data,
      onEnd: () => {},
    });
    await startExec(engine, exec, undefined);
    if (isLate) killExec(exec);
    await exec.ended;
    if (!isLate) return result(exec.exitCode ?? -1, output.text());
    const said = output.text();
    const late = `Health check exceeded timeout (${goDuration(check.timeout)})`;
    return result(-1, said === '' ? late : `${late}: ${said}`);
  } catch (error) {
    return result(-1, errorMessage(error));
  } finally {
    cancel();
    if (exec !== undefined) container.execs.delete(exec.id);
  }
}

function killExec({ pid }: Exec): void {
  if (pid === 0) return;
  try {
    kill(pid, signalNumber('SIGKILL'));
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}
