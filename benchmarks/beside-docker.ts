/** System Docker beside Debian's own Docker Engine: in one machine, one after the other for each figure. */
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import { step } from '../builder/progress.ts';
import type { Artifacts, Machine } from '../builder/qemu/start.ts';
import { inMachine, kilobytes } from './guest.ts';
import { median } from './median.ts';
import { PullSource } from './pull-source.ts';
import { type Engine, withTwoEngines } from './two-engines.ts';

/** What one engine needs for the same. */
export interface EngineFigures {
  /** Seconds in which a container is created, started, has ended and is removed. */
  readonly container: number;
  /** kB in memory of the processes that are the engine, without containers. */
  readonly memory: number;
  /** kB by which they grow for each container that runs, processes beside the container included. */
  readonly memoryPerContainer: number;
  /** Seconds for `GET /containers/json` with a hundred containers. */
  readonly listing: number;
  /** Seconds for pulling an image of 100 MB. */
  readonly pull: number;
}

export interface Comparison {
  readonly systemDocker: EngineFigures;
  readonly stockDocker: EngineFigures;
}

const image = 'busybox:latest';
const runs = 7;
const pulls = 3;
const running = 10;
const listed = 100;
const listings = 15;

/**
 * Measures both engines in a machine.
 * @param busybox archive of the image for the containers
 * @param stock archive of the image with Debian's engine
 */
export async function compareWithDocker(
  artifacts: Artifacts,
  busybox: string,
  stock: string,
): Promise<Comparison> {
  return await withTwoEngines(artifacts, busybox, stock, async ({ machine, ours, theirs }) => {
    const [ourLatency, theirLatency] = await step('Running containers to their end', () =>
      inTurns(runs, ours, theirs, (docker) => timed(() => runToExit(docker))),
    );
    const [ourPull, theirPull] = await step('Pulling', () => comparePulls(ours, theirs));
    const measure = (name: string, engine: Engine) =>
      step(`Keeping containers in ${name}`, () => measureEngine(machine, engine));
    return {
      systemDocker: { container: ourLatency, pull: ourPull, ...(await measure('System Docker', ours)) },
      stockDocker: {
        container: theirLatency,
        pull: theirPull,
        ...(await measure("Debian's engine", theirs)),
      },
    };
  });
}

/** Medians of the seconds that something takes. The engines take turns, so that both see the same host. */
async function inTurns(
  times: number,
  ours: Engine,
  theirs: Engine,
  work: (docker: Docker) => Promise<number>,
): Promise<[number, number]> {
  const seconds: [number[], number[]] = [[], []];
  for (let i = 0; i < times; i++) {
    seconds[0].push(await work(ours.docker));
    seconds[1].push(await work(theirs.docker));
  }
  return [median(seconds[0]), median(seconds[1])];
}

/** Medians of the seconds that both need for pulling a large image. */
export async function comparePulls(ours: Engine, theirs: Engine): Promise<[number, number]> {
  const source = await PullSource.start();
  try {
    return await inTurns(pulls, ours, theirs, (docker) => source.pull(docker));
  } finally {
    await source.stop();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function runToExit(docker: Docker): Promise<void> {
  const container = await create(docker, 'true');
  await container.start();
  const { StatusCode } = (await container.wait()) as { StatusCode: number };
  if (StatusCode !== 0) throw new Error(`the container ended with ${StatusCode}`);
  await container.remove();
}

function create(docker: Docker, ...command: string[]): Promise<Docker.Container> {
  return docker.createContainer({ Image: image, Cmd: command, HostConfig: { NetworkMode: 'none' } });
}

async function measureEngine(
  machine: Machine,
  engine: Engine,
): Promise<Omit<EngineFigures, 'container' | 'pull'>> {
  const memory = await residentMemory(machine, engine);
  const containers: Docker.Container[] = [];
  // One after the other: QEMU's forwarding does not take a hundred connections at once.
  while (containers.length < listed) containers.push(await create(engine.docker, 'sleep', '100000'));
  const started = containers.slice(0, running);
  const before = await residentMemory(machine, engine);
  for (const container of started) await container.start();
  await setTimeout(2000);
  const after = await residentMemory(machine, engine);
  const times: number[] = [];
  for (let i = 0; i < listings; i++)
    times.push(await timed(() => engine.docker.listContainers({ all: true })));
  for (const container of containers) await container.remove({ force: true });
  return { memory, memoryPerContainer: (after - before) / running, listing: median(times) };
}

/** kB of all processes of the engine. A name in /proc has 15 characters at most. */
async function residentMemory(machine: Machine, { processes }: Engine): Promise<number> {
  const names = processes.join('|');
  const script = `for p in /proc/[0-9]*; do
    if grep -qE '^(${names})$' $p/comm; then cat $p/status; fi
  done 2>/dev/null`;
  const texts = (await inMachine(machine, `sudo -n sh -c "${script.replace(/[$"]/g, '\\$&')}"`)).split(
    /^Name:/m,
  );
  return texts
    .slice(1)
    .map((text) => kilobytes(text, 'VmRSS'))
    .reduce((sum, value) => sum + value, 0);
}
