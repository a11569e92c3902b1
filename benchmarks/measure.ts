import { setTimeout } from 'node:timers/promises';
import Docker from 'dockerode';
import { untilReady } from '../builder/qemu/readiness.ts';
import { type Artifacts, type Machine, startMachine } from '../builder/qemu/start.ts';
import { bootTimesOf } from './boot-times.ts';
import { timeCommand } from './command-times.ts';
import { inMachine, kilobytes } from './guest.ts';
import { median } from './median.ts';

/** What is measured in one boot of the OS and one of the kernel alone. */
export interface Sample extends Boot {
  /** Seconds from the start of the kernel to a shell, where that is process 1 and there is nothing else. */
  readonly bareShell: number;
}

/** What is measured in one boot of the OS. */
export interface Boot {
  /** Times in seconds from the start of the kernel. */
  readonly init: number;
  readonly api: number;
  readonly console: number;
  /** kB that are neither free nor a copy of what lies elsewhere, with all services running and nothing else. */
  readonly memoryInUse: number;
  /** kB of process 1 in memory. */
  readonly processOne: number;
  /** Milliseconds of the smallest command there is, and of one of the OS. */
  readonly busyboxTrue: number;
  readonly rosConfigGet: number;
  /** Seconds in which a container is created, started, has ended and is removed. */
  readonly container: number;
}

export const machineSize = { memory: 1024, cpus: 2 } as const;

/** How long a machine is left alone before "idle" is believed, in milliseconds. */
const settling = 5000;

const containersPerBoot = 7;

/** Boots a machine and measures. */
export async function measureOnce(artifacts: Artifacts, busyboxArchive: string): Promise<Boot> {
  const machine = await startMachine(artifacts, {
    ...machineSize,
    boot: 'kernel',
    uefi: false,
    append: '',
    forwards: [],
    console: 'socket',
  });
  try {
    await untilReady(machine, true, 180);
    await setTimeout(settling);
    const [kernelLog, memory, status] = await Promise.all([
      inMachine(machine, 'sudo -n dmesg'),
      inMachine(machine, 'cat /proc/meminfo'),
      inMachine(machine, 'cat /proc/1/status'),
    ]);
    return {
      ...bootTimesOf(kernelLog),
      memoryInUse: memoryInUse(memory),
      processOne: kilobytes(status, 'VmRSS'),
      busyboxTrue: await timeCommand(machine, 'busybox true'),
      rosConfigGet: await timeCommand(machine, 'ros config get hostname'),
      container: await containerLatency(machine, busyboxArchive),
    };
  } finally {
    await machine.stop();
  }
}

/** As free(1) reckons it, but with the files that lie in memory only. */
function memoryInUse(memory: string): number {
  const [total = 0, ...others] = ['MemTotal', 'MemFree', 'Buffers', 'Cached', 'SReclaimable'].map((name) =>
    kilobytes(memory, name),
  );
  return others.reduce((rest, value) => rest - value, total) + kilobytes(memory, 'Shmem');
}

async function containerLatency(machine: Machine, busyboxArchive: string): Promise<number> {
  const docker = new Docker({ host: '127.0.0.1', port: machine.systemDockerPort });
  const loading = await docker.loadImage(busyboxArchive);
  await new Promise((resolve, reject) => {
    loading.on('end', resolve).on('error', reject);
    loading.resume();
  });
  const times: number[] = [];
  for (let i = 0; i < containersPerBoot; i++) {
    const start = performance.now();
    const container = await docker.createContainer({ Image: 'busybox:latest', Cmd: ['true'] });
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    await container.remove();
    times.push((performance.now() - start) / 1000);
    if (StatusCode !== 0) throw new Error(`the container ended with ${StatusCode}`);
  }
  return median(times);
}
