/** System Docker beside Debian's own Docker Engine: in one machine, one after the other for each figure. */
import type { ReadStream } from 'node:fs';
import { createReadStream } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import Docker from 'dockerode';
import { step } from '../builder/progress.ts';
import { freePort } from '../builder/qemu/ports.ts';
import { pingAnswers, untilReady } from '../builder/qemu/readiness.ts';
import { type Artifacts, type Machine, startMachine } from '../builder/qemu/start.ts';
import { inMachine, kilobytes } from './guest.ts';
import { median } from './median.ts';

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
}

export interface Comparison {
  readonly systemDocker: EngineFigures;
  readonly stockDocker: EngineFigures;
}

/** Both engines need room: the stock one is 180 MB of programs, and everything is in memory. */
const machineSize = { memory: 3072, cpus: 2 } as const;
const guestPort = 2376;
const stockContainer = 'stock-docker';
/** `--tls=false` tells dockerd that the lack of TLS is meant; otherwise it waits a while before it listens. */
const stockCommand = [
  ...['dockerd', '--host', `tcp://0.0.0.0:${guestPort}`, '--tls=false', '--cgroup-parent', '/stock-docker'],
  ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--userland-proxy=false'],
  ...['--storage-driver', 'overlay2'],
];

const image = 'busybox:latest';
const runs = 7;
const running = 10;
const listed = 100;
const listings = 15;

interface Engine {
  readonly docker: Docker;
  /** Names of the processes that are the engine. */
  readonly processes: readonly string[];
}

/**
 * Boots a machine, runs Debian's engine in a container of System Docker, and measures both.
 * @param busybox archive of the image for the containers
 * @param stock archive of the image with Debian's engine
 */
export async function compareWithDocker(
  artifacts: Artifacts,
  busybox: string,
  stock: string,
): Promise<Comparison> {
  const port = await freePort();
  const machine = await startMachine(artifacts, {
    ...machineSize,
    boot: 'kernel',
    uefi: false,
    append: '',
    forwards: [{ host: port, guest: guestPort }],
    console: 'socket',
  });
  try {
    await untilReady(machine, true, 180);
    const ours: Engine = {
      docker: new Docker({ host: '127.0.0.1', port: machine.systemDockerPort }),
      processes: ['system-docker'],
    };
    const theirs: Engine = {
      docker: new Docker({ host: '127.0.0.1', port }),
      processes: ['dockerd', 'containerd', 'containerd-shim'],
    };
    await load(ours.docker, busybox);
    await step("Loading Debian's engine", () => load(ours.docker, stock));
    await step("Starting Debian's engine", () => startStockDocker(ours.docker, port));
    await load(theirs.docker, busybox);
    // Taking turns, so that both see the same host.
    const [ourLatency, theirLatency] = await step('Running containers to their end', () =>
      latencies(ours.docker, theirs.docker),
    );
    const measure = (name: string, engine: Engine) =>
      step(`Keeping containers in ${name}`, () => measureEngine(machine, engine));
    return {
      systemDocker: { container: ourLatency, ...(await measure('System Docker', ours)) },
      stockDocker: { container: theirLatency, ...(await measure("Debian's engine", theirs)) },
    };
  } finally {
    await machine.stop();
  }
}

async function load(docker: Docker, archive: string): Promise<void> {
  const stream: NodeJS.ReadableStream = await docker.loadImage(createReadStream(archive) as ReadStream);
  await new Promise<void>((resolve, reject) => {
    let answer = '';
    stream.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    stream.on('error', reject);
    stream.on('end', () => (answer.includes('"error"') ? reject(new Error(answer)) : resolve()));
  });
}

async function startStockDocker(docker: Docker, port: number): Promise<void> {
  const [{ RepoTags: [reference] = [] } = {}] = await docker.listImages({
    filters: { reference: ['paddock/docker-engine'] },
  });
  if (reference === undefined) throw new Error('the image of the stock engine was not loaded');
  const hostConfig: Docker.HostConfig & { CgroupnsMode: string } = {
    Privileged: true,
    NetworkMode: 'host',
    PidMode: 'host',
    CgroupnsMode: 'host',
  };
  const container = await docker.createContainer({
    name: stockContainer,
    Image: reference,
    Cmd: stockCommand,
    Volumes: { '/var/lib/docker': {} },
    HostConfig: hostConfig,
  });
  await container.start();
  for (let attempt = 0; attempt < 120; attempt++) {
    if (await pingAnswers(port)) return;
    await setTimeout(1000);
  }
  const output = await container.logs({ stdout: true, stderr: true });
  throw new Error(`the stock engine does not answer:\n${output.toString()}`);
}

async function latencies(ours: Docker, theirs: Docker): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < runs; i++) {
    times[0].push(await timed(() => runToExit(ours)));
    times[1].push(await timed(() => runToExit(theirs)));
  }
  return [median(times[0]), median(times[1])];
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

async function measureEngine(machine: Machine, engine: Engine): Promise<Omit<EngineFigures, 'container'>> {
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
