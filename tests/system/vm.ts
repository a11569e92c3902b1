import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import Docker from 'dockerode';
import { buildArtifacts } from '../../builder/artifacts.ts';
import { builderTools, ensureHostTools } from '../../builder/host-tools.ts';
import { connectQmp, type Qmp } from '../../builder/qemu/qmp.ts';
import { untilReady } from '../../builder/qemu/readiness.ts';
import { type SshAccess, sshArguments } from '../../builder/qemu/ssh.ts';
import { type Machine, type StartOptions, startMachine } from '../../builder/qemu/start.ts';
import { writeCpio } from '../../builder/tree/cpio.ts';
import type { Tree } from '../../builder/tree/tree.ts';
import { nextConsoleLog } from '../console-logs.ts';
import { dockerClient } from './docker-client.ts';
import { type ExecuteOptions, execute, type Outcome } from './process.ts';
import { connectConsole, type SerialConsole } from './serial-console.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** A virtual machine with everything that a test does to it. */
export interface Vm {
  readonly machine: Machine;
  readonly console: SerialConsole;
  readonly qmp: Qmp;
  /** Runs the stock client against System Docker. */
  docker(args: readonly string[], options?: ExecuteOptions): Promise<Outcome>;
  /** The same on a terminal. */
  dockerOnTerminal(args: readonly string[]): Terminal;
  /** Runs a shell command as the user rancher. */
  ssh(command: string, options?: ExecuteOptions): Promise<Outcome>;
  sshWithoutKey(command: string): Promise<Outcome>;
  /** System Docker's API through the library that programs use. */
  readonly api: Docker;
  /** What the guest has printed so far. */
  consoleText(): Promise<string>;
  stop(): Promise<void>;
}

export interface VmOptions extends Partial<Omit<StartOptions, 'console' | 'consoleLog'>> {
  /** `started`: do not wait until the machine is up, which a test wants to watch. */
  readonly until?: 'ready' | 'started';
  /** Files that come over those of the initrd. */
  readonly initrdOverlay?: Tree;
}

/** Under translation on a busy host. */
const bootSeconds = 180;

/** Boots a machine; with defaults of `./run`. When a test fails, `./test` shows the end of the console. */
export async function startVm({ until = 'ready', initrdOverlay, ...options }: VmOptions = {}): Promise<Vm> {
  await ensureHostTools([...builderTools, 'qemu', 'ssh', 'ovmf']);
  const artifacts = await buildArtifacts([
    'kernel',
    'initrd',
    ...(options.boot === 'iso' ? (['iso'] as const) : []),
  ]);
  const client = await dockerClient();
  const directory = await mkdtemp(join(tmpdir(), 'paddock-test-'));
  const initrd = await withOverlay(artifacts.initrd, initrdOverlay, directory);
  const machine = await startMachine(
    { ...artifacts, initrd },
    {
      memory: 1024,
      cpus: 2,
      boot: 'kernel',
      uefi: false,
      append: '',
      forwards: [],
      ...options,
      console: 'socket',
      consoleLog: await nextConsoleLog(),
    },
  );
  const vm = await connectTo(machine, client, directory);
  if (until === 'ready') {
    await untilReady(machine, options.boot !== 'iso', bootSeconds).catch(async (error: Error) => {
      const text = await vm.consoleText();
      await vm.stop();
      throw new Error(`${error.message}\n${text}`);
    });
  }
  return vm;
}

/**
 * One machine for the tests of a file or suite: started before the first, stopped after the last.
 * @returns a function that gives the machine to a running test
 */
export function useVm(options: VmOptions = {}): () => Vm {
  let vm: Vm | undefined;
  const current = () => {
    if (!vm) throw new Error('the machine is there in tests only');
    return vm;
  };
  before(async () => {
    vm = await startVm(options);
  });
  after(async () => {
    await vm?.stop();
  });
  return current;
}

/**
 * The kernel unpacks one archive of an initrd after the other, each at a multiple of four bytes; what comes later replaces
 * what came before.
 */
async function withOverlay(initrd: string, overlay: Tree | undefined, directory: string): Promise<string> {
  if (overlay === undefined) return initrd;
  const result = join(directory, 'initrd');
  const original = await readFile(initrd);
  const padding = Buffer.alloc(-original.length & 3);
  await writeFile(result, Buffer.concat([original, padding, writeCpio(overlay)]));
  return result;
}

/** @param directory for files of the machine's life, which goes with it */
async function connectTo(machine: Machine, client: string, directory: string): Promise<Vm> {
  const environment = { DOCKER_CONFIG: directory }; // not the one of whoever runs the tests
  const address = ['-H', `tcp://127.0.0.1:${machine.systemDockerPort}`];
  const console = await connectConsole(machine.consoleSocket);
  const qmp = await connectQmp(machine.controlSocket);
  return {
    machine,
    console,
    qmp,
    docker: (args, options) => execute(client, [...address, ...args], { environment, ...options }),
    dockerOnTerminal: (args) => openTerminal(client, [...address, ...args], environment),
    ssh: (command, options) => runSsh(machine.ssh, command, options),
    sshWithoutKey: (command) => runSsh({ ...machine.ssh, key: null }, command),
    api: new Docker({ host: '127.0.0.1', port: machine.systemDockerPort }),
    consoleText: () => readFile(machine.consoleLog, 'latin1'),
    stop: async () => {
      console.close();
      qmp.close();
      await machine.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Without a key there is none at all: not those that an agent of whoever runs the tests may offer. */
function runSsh(access: SshAccess, command: string, options?: ExecuteOptions): Promise<Outcome> {
  const alone = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30', '-o', 'IdentitiesOnly=yes'];
  const none = access.key === null ? ['-i', '/dev/null'] : [];
  return execute('ssh', [...alone, ...none, ...sshArguments(access), command], options);
}
