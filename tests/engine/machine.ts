import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { buildArtifacts } from '../../builder/artifacts.ts';
import { freePort } from '../../builder/qemu/ports.ts';
import { type ExecuteOptions, execute, type Outcome, outputOf } from '../system/process.ts';
import { asRoot, ownUser } from './as-root.ts';
import type { MachineOptions, MachineUnderTest } from './machine-under-test.ts';
import { prepareRootTree, systemStore } from './root-tree.ts';

/** A machine made of namespaces, in which System Docker is process 1. `machine.sh` says how it is made. */
export class NamespaceMachine implements MachineUnderTest {
  /** Files that the machine sees under `/run/sockets`. */
  readonly sockets: string;
  readonly #scratch: string;
  readonly #holder: ChildProcess;
  readonly #answers: Interface;
  /** What the daemon is started with. */
  readonly #command: string;
  #pid = 0;

  private constructor(scratch: string, holder: ChildProcess, answers: Interface, command: string) {
    this.#scratch = scratch;
    this.sockets = join(scratch, 'sockets');
    this.#holder = holder;
    this.#answers = answers;
    this.#command = command;
  }

  /** Makes a machine that is switched off. Containers of one that shares a network have none. */
  static async make(options: MachineOptions): Promise<NamespaceMachine> {
    const tree = await prepareRootTree();
    const { runtime } = await buildArtifacts(['runtime']);
    const scratch = await mkdtemp(join(tmpdir(), 'paddock-engine-'));
    const script = join(import.meta.dirname, 'machine.sh');
    const words = [script, tree, runtime, scratch, ownUser(), options.sharesNetwork ? 'shared' : 'own'];
    const [program, ...args] = asRoot('unshare', '--mount', 'sh', ...words);
    const holder = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const machine = new NamespaceMachine(
      scratch,
      holder,
      createInterface(holder.stdout),
      await commandOf(options),
    );
    await machine.#tell('make'); // which is what the script begins with: its folders are there when it answers
    return machine;
  }

  get apiSocket(): string {
    return join(this.sockets, 'docker.sock');
  }

  async switchOn(): Promise<void> {
    await this.#tell(`start ${this.#command}`);
    for (const deadline = Date.now() + 10_000; ; await setTimeout(10)) {
      this.#pid = Number(await readFile(join(this.sockets, 'pid'), 'utf8').catch(() => ''));
      if (this.#pid > 0) return;
      if (Date.now() > deadline) throw new Error(`the machine does not start\n${await this.log()}`);
    }
  }

  async cutPower(): Promise<void> {
    this.#pid = 0;
    await this.#tell('stop');
  }

  async run(script: string, options?: ExecuteOptions): Promise<Outcome> {
    const into = ['--target', String(this.#pid), '--mount', '--pid', '--uts', '--ipc', '--net', '--cgroup'];
    const [program, ...args] = asRoot('nsenter', ...into, '/usr/bin/sh', '-c', script);
    return await execute(program, args, { environment: { PATH: '/usr/sbin:/usr/bin' }, ...options });
  }

  /** The API's socket is root's; without root the tests need it too. */
  async giveSocketToTester(): Promise<void> {
    await this.run(`chown ${ownUser()} /run/sockets/docker.sock`);
  }

  /** It sees the folder that it lies in as `/run/sockets`. */
  async share(): Promise<void> {
    const parent = join(this.sockets, '..');
    outputOf(await this.run(`mkdir -p ${parent} && ln -s /run/sockets ${this.sockets}`));
  }

  inNetwork(pid: string, program: string, ...words: string[]): [program: string, ...args: string[]] {
    return asRoot('nsenter', `--net=/proc/${this.#pid}/root/proc/${pid}/ns/net`, program, ...words);
  }

  async packetFilter(what: 'tables' | 'ruleset'): Promise<Outcome> {
    const [program, ...args] = this.inNetwork('1', '/usr/sbin/nft', '--stateless', 'list', what);
    return await execute(program, args);
  }

  async log(): Promise<string> {
    return await readFile(join(this.#scratch, 'log'), 'utf8').catch(() => '');
  }

  async remove(): Promise<void> {
    const ended = new Promise((resolve) => this.#holder.on('close', resolve));
    this.#holder.stdin?.end();
    await ended;
    await rm(this.#scratch, { recursive: true, force: true });
  }

  async #tell(command: string): Promise<void> {
    const answered = new Promise<void>((resolve, reject) => {
      const fail = () => reject(new Error('the namespaces could not be made'));
      this.#answers.once('close', fail);
      this.#answers.once('line', () => {
        this.#answers.off('close', fail);
        resolve();
      });
    });
    this.#holder.stdin?.write(`${command}\n`);
    await answered;
  }
}

/** The words of the daemon, with its variables before them. It listens on TCP too, as it does in the OS for `./run`. */
async function commandOf({ daemonArguments, environment, sharesNetwork }: MachineOptions): Promise<string> {
  return [
    ...Object.entries(environment ?? {}).map(([name, value]) => `${name}=${value}`),
    ...['system-docker', 'daemon', '--system-images', systemStore],
    ...['--host', 'unix:///run/sockets/docker.sock', '--host', `tcp://127.0.0.1:${await freePort()}`],
    ...(sharesNetwork ? ['--bridge', 'none'] : []),
    ...(daemonArguments ?? []),
  ].join(' ');
}
