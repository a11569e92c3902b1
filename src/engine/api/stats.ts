/** `GET /containers/{id}/stats` (Engine API 1.51, ContainerStatsResponse). */
import { queryFlag } from '../../http/query.ts';
import type { RouteContext } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { timestamp } from '../../linux/clock.ts';
import { cpuCount } from '../../linux/cpu.ts';
import { setTimer, sleep } from '../../linux/event-loop.ts';
import { readText } from '../../linux/file.ts';
import { interfaceCounters } from '../../linux/interface-counters.ts';
import { totalMemory } from '../../linux/memory.ts';
import type { Container } from '../containers/container.ts';
import { NEVER } from '../containers/container.ts';
import { cgroupOf } from '../containers/release.ts';
import type { Engine } from '../engine.ts';
import { blockStats, type CpuStats, cpuStats, memoryStats, pidsStats } from '../runtime/cgroup-stats.ts';

const INTERVAL = 1000;
/** Of the clock in which the kernel counts in /proc/stat (USER_HZ), in nanoseconds. */
const TICK = 1e7;

interface Sample {
  /** RFC 3339. */
  readonly read: string;
  readonly cpu: CpuStats & { readonly system_cpu_usage?: number; readonly online_cpus?: number };
}

/** What stands for a sample before the first one. */
const NO_SAMPLE: Sample = { read: NEVER, cpu: cpuStats(() => undefined) };

/** Sends what a container uses, every second until the client goes or the container is removed; or once. */
export async function serveStats(
  engine: Engine,
  container: Container,
  { query, request, response }: RouteContext,
): Promise<void> {
  if (!queryFlag(query, 'stream', true)) {
    const isAtOnce = queryFlag(query, 'one-shot');
    const first = isAtOnce ? NO_SAMPLE : takeSample(engine, container);
    if (!isAtOnce && container.isAlive) await sleep(INTERVAL);
    await response.json(statsAnswer(engine, container, first).answer);
    return;
  }
  await response.startChunked();
  let isOver = false;
  let wake = () => {};
  const end = () => {
    isOver = true;
    wake();
  };
  request.onDisconnect(end);
  const stopWaiting = container.onNext('removal', end);
  let previous = NO_SAMPLE;
  try {
    while (!isOver) {
      const { answer, sample } = statsAnswer(engine, container, previous);
      previous = sample;
      await response.write(encodeUtf8(`${JSON.stringify(answer)}\n`));
      if (isOver) break;
      await new Promise<void>((resolve) => {
        const cancel = setTimer(INTERVAL, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
    }
  } finally {
    stopWaiting();
  }
  await response.end();
}

function takeSample(engine: Engine, container: Container): Sample {
  if (!container.isAlive) return NO_SAMPLE;
  const group = cgroupOf(engine, container);
  return {
    read: timestamp(),
    cpu: {
      ...cpuStats((name) => group.read(name)),
      system_cpu_usage: machineCpuTime(),
      online_cpus: cpuCount(),
    },
  };
}

/** The answer is empty, apart from names, for a container that does not run. */
function statsAnswer(engine: Engine, container: Container, previous: Sample) {
  const sample = takeSample(engine, container);
  const group = cgroupOf(engine, container);
  const read = (name: string) => (container.isAlive ? group.read(name) : undefined);
  const networks = container.isAlive ? networksOf(container) : {};
  const answer = {
    name: `/${container.record.name}`,
    id: container.id,
    read: sample.read,
    preread: previous.read,
    pids_stats: pidsStats(read),
    blkio_stats: blockStats(read),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: sample.cpu,
    precpu_stats: previous.cpu,
    memory_stats: memoryStats(read, totalMemory()),
    ...(Object.keys(networks).length > 0 && { networks }),
  };
  return { answer, sample };
}

/** The host's interfaces are not the container's. */
function networksOf({ record, state }: Container) {
  return record.hostConfig.NetworkMode === 'host' ? {} : interfaceCounters(state.pid);
}

/** Nanoseconds that all processors have spent on anything, idling included, since boot (proc_stat(5)). */
function machineCpuTime(): number {
  const [, ...ticks] = (/^cpu .*$/m.exec(readText('/proc/stat'))?.[0] ?? '').split(/\s+/);
  // The last two, of guests, are part of the first two.
  return ticks.slice(0, 8).reduce((sum, count) => sum + Number(count), 0) * TICK;
}
