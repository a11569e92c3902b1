import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { chooseAccelerator } from './accelerator.ts';
import { diskFrom } from './disk.ts';
import { uefiFirmware } from './firmware.ts';
import { kernelWords } from './kernel-words.ts';
import { type Boot, type Forward, machineArguments, qemu } from './machine.ts';
import { freePort } from './ports.ts';
import { connectQmp } from './qmp.ts';
import { seedMedium } from './seed-medium.ts';
import { makeSshKey, type SshAccess } from './ssh.ts';

/** Files of the builder. */
export interface Artifacts {
  readonly kernel: string;
  readonly initrd: string;
  /** Needed to boot from it only. */
  readonly iso?: string;
}

export interface StartOptions {
  /** In MiB. */
  readonly memory: number;
  readonly cpus: number;
  /** `kernel`: kernel and initrd directly; `iso`: as a real machine does, by firmware and boot menu. */
  readonly boot: 'kernel' | 'iso';
  readonly uefi: boolean;
  /** More kernel words. An ISO has its own. */
  readonly append: string;
  readonly disk?: string;
  /** A file of user data, which the machine finds on a medium. */
  readonly cloudConfig?: string;
  /** Files of further media. */
  readonly media?: readonly string[];
  readonly forwards: readonly Forward[];
  /** Further network cards, by the IPv4 networks that each is alone in. */
  readonly networks?: readonly string[];
  /** Where a copy of what the guest prints on its serial console goes. */
  readonly consoleLog?: string;
  /** `terminal`: this process's; `socket`: a unix socket, for whoever connects. */
  readonly console: 'terminal' | 'socket';
}

/** A running virtual machine. */
export interface Machine {
  readonly accelerator: 'kvm' | 'tcg';
  /** The file with what the guest printed on its serial console. */
  readonly consoleLog: string;
  /** The serial console as a unix socket, unless it is on the terminal. */
  readonly consoleSocket: string;
  /** QMP as a unix socket. */
  readonly controlSocket: string;
  /** The key is null for an ISO, whose kernel words are fixed and cannot carry the public one. */
  readonly ssh: SshAccess;
  /** Port of 127.0.0.1 that leads to System Docker's. */
  readonly systemDockerPort: number;
  /** Fulfilled when QEMU has ended: undefined if it ended well, else what went wrong. */
  readonly ended: Promise<string | undefined>;
  /** Ends QEMU at once and removes its files. */
  stop(): Promise<void>;
}

const guestSshPort = 22;
const guestSystemDockerPort = 2375;

/** QEMU, told to end, needs no help of the guest; should it hang, it is killed. */
const stopSeconds = 5;

/** Starts a machine; returns when QEMU runs, long before the guest is up. */
export async function startMachine(artifacts: Artifacts, options: StartOptions): Promise<Machine> {
  const directory = await mkdtemp(join(tmpdir(), 'paddock-'));
  try {
    return await startIn(directory, artifacts, options);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(directory: string, artifacts: Artifacts, options: StartOptions): Promise<Machine> {
  const accelerator = await chooseAccelerator(artifacts.kernel);
  const sshKey = options.boot === 'kernel' ? await makeSshKey(directory) : undefined;
  const sshPort = await freePort();
  const systemDockerPort = await freePort();
  const log = options.consoleLog ?? join(directory, 'console.log');
  await writeFile(log, ''); // QEMU opens it late, or never when it fails
  const consoleSocket = join(directory, 'console');
  const controlSocket = join(directory, 'control');
  const media = [...(options.media ?? [])];
  if (options.cloudConfig !== undefined)
    media.unshift(await seedMedium(directory, options.cloudConfig, sshKey?.authorizedKey));
  const args = machineArguments({
    accelerator,
    memory: options.memory,
    cpus: options.cpus,
    // A list of keys among the kernel words would go over the one of the user data.
    boot: bootFrom(
      artifacts,
      options,
      sshKey && options.cloudConfig === undefined ? sshKey.authorizedKey : null,
    ),
    media,
    ...(options.uefi ? { uefi: await uefiFirmware(directory) } : {}),
    ...(options.disk === undefined ? {} : { disk: await diskFrom(options.disk) }),
    forwards: [
      { host: sshPort, guest: guestSshPort },
      { host: systemDockerPort, guest: guestSystemDockerPort },
      ...options.forwards,
    ],
    ...(options.networks ? { networks: options.networks } : {}),
    console:
      options.console === 'terminal'
        ? { kind: 'terminal', log }
        : { kind: 'socket', socket: consoleSocket, log },
    control: controlSocket,
  });
  const child = spawnBound(args, options.console);
  const ended = endOf(child);
  await untilRunning(controlSocket, ended);
  return {
    accelerator: accelerator.name,
    consoleLog: log,
    consoleSocket,
    controlSocket,
    ssh: { host: '127.0.0.1', port: sshPort, user: 'rancher', key: sshKey?.file ?? null },
    systemDockerPort,
    ended,
    stop: async () => {
      child.kill('SIGTERM'); // by which QEMU gives the terminal back as it was
      const inTime = await Promise.race([
        ended.then(() => true),
        setTimeout(stopSeconds * 1000, false, { ref: false }),
      ]);
      if (!inTime) child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function bootFrom(artifacts: Artifacts, options: StartOptions, authorizedKey: string | null): Boot {
  if (options.boot === 'kernel') {
    const { kernel, initrd } = artifacts;
    return { kind: 'kernel', kernel, initrd, append: kernelWords(authorizedKey, options.append) };
  }
  if (artifacts.iso === undefined) throw new Error('no ISO was built');
  return { kind: 'iso', iso: artifacts.iso };
}

/** QEMU as a child that the kernel tells to end when this process dies, even by SIGKILL. */
function spawnBound(args: readonly string[], console: StartOptions['console']): ChildProcess {
  const stdio = console === 'terminal' ? 'inherit' : 'pipe';
  return spawn('setpriv', ['--pdeathsig', 'TERM', qemu, ...args], {
    stdio: [console === 'terminal' ? 'inherit' : 'ignore', stdio, stdio],
  });
}

/** QEMU has accepted its arguments, and found its files and ports, when it takes commands on its control socket. */
async function untilRunning(controlSocket: string, ended: Machine['ended']): Promise<void> {
  const over = ended.then((problem) => {
    throw new Error(problem ?? `${qemu} ended at once`);
  });
  over.catch(() => {}); // what happens later is for whoever waits for `ended`
  while (!(await Promise.race([takesCommands(controlSocket), over]))) await setTimeout(20);
}

async function takesCommands(controlSocket: string): Promise<boolean> {
  try {
    (await connectQmp(controlSocket)).close();
    return true;
  } catch {
    return false;
  }
}

function endOf(child: ChildProcess): Promise<string | undefined> {
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-4000);
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) =>
      resolve(code === 0 ? undefined : `${qemu} ended with ${signal ?? `status ${code}`}\n${printed}`.trim()),
    );
  });
}
