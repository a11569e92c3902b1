/** A machine in which System Docker runs Debian's own Docker Engine in a container. */
import type { ReadStream } from 'node:fs';
import { createReadStream } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import Docker from 'dockerode';
import { step } from '../builder/progress.ts';
import { freePort } from '../builder/qemu/ports.ts';
import { pingAnswers, untilReady } from '../builder/qemu/readiness.ts';
import { type Artifacts, type Machine, startMachine } from '../builder/qemu/start.ts';
import { guestNetwork } from './pull-source.ts';

export interface Engine {
  readonly docker: Docker;
  /** Names of the processes that are the engine. */
  readonly processes: readonly string[];
}

export interface TwoEngines {
  readonly machine: Machine;
  /** System Docker. */
  readonly ours: Engine;
  /** Debian's. */
  readonly theirs: Engine;
}

/** Both engines need room: the stock one is 180 MB of programs, and everything is in memory. */
const machineSize = { memory: 3072, cpus: 2 } as const;
const guestPort = 2376;
const stockContainer = 'stock-docker';
/** `--tls=false` tells dockerd that the lack of TLS is meant; otherwise it waits a while before it listens. */
const stockCommand = [
  ...['dockerd', '--host', `tcp://0.0.0.0:${guestPort}`, '--tls=false', '--cgroup-parent', '/stock-docker'],
  ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--userland-proxy=false'],
  ...['--storage-driver', 'overlay2', '--insecure-registry', guestNetwork],
];

/**
 * Boots a machine, starts Debian's engine in it, and takes everything down after `measure`.
 * @param busybox archive of the image for containers, which both engines get
 * @param stock archive of the image with Debian's engine
 */
export async function withTwoEngines<Result>(
  artifacts: Artifacts,
  busybox: string,
  stock: string,
  measure: (engines: TwoEngines) => Promise<Result>,
): Promise<Result> {
  const port = await freePort();
  const machine = await startMachine(artifacts, {
    ...machineSize,
    boot: 'kernel',
    uefi: false,
    append: `rancher.system_docker.insecure_registry=[${guestNetwork}]`,
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
    return await measure({ machine, ours, theirs });
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
