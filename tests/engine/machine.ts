import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { buildArtifacts } from '../../builder/artifacts.ts';
import { type ExecuteOptions, execute, type Outcome } from '../system/process.ts';
import { asRoot, ownUser } from './as-root.ts';
import { prepareRootTree } from './root-tree.ts';

/** A machine made of namespaces, in which System Docker is process 1. `machine.sh` says how it is made. */
export class NamespaceMachine {
  /** Files that the machine sees under `/run/sockets`. */
  readonly sockets: string;
  readonly #scratch: string;
  readonly #holder: ChildProcess;
  readonly #answers: Interface;
  #pid = 0;

  private constructor(scratch: string, holder: ChildProcess, answers: Interface) {
    this.#scratch = scratch;
    this.sockets = join(scratch, 'sockets');
    this.#holder = holder;
    this.#answers = answers;
  }

  /**
   * Makes a machine that is switched off.
   * @param network one of its own, or that of whoever runs the tests
   */
  static async make(network: 'own' | 'shared'): Promise<NamespaceMachine> {
    const tree = await prepareRootTree();
    const { runtime } = await buildArtifacts(['runtime']);
    const scratch = await mkdtemp(join(tmpdir(), 'paddock-engine-'));
    const script = join(import.meta.dirname, 'machine.sh');
    const words = [script, tree, runtime, scratch, ownUser(), network];
    const [program, ...args] = asRoot('unshare', '--mount', 'sh', ...words);
    const holder = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const machine = new NamespaceMachine(scratch, holder, createInterface(holder.stdout));
    await machine.#tell('make'); // which is what the script begins with: its folders are there when it answers
    return machine;
  }

  /** The daemon's process number outside its namespace. */
  get pid(): number {
    return this.#pid;
  }

  /** Starts the daemon; it need not listen yet when this resolves. */
  async switchOn(
    daemonArguments: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    await this.#tell(['start', ...variables, 'system-docker', 'daemon', ...daemonArguments].join(' '));
    for (const deadline = Date.now() + 10_000; ; await setTimeout(10)) {
      this.#pid = Number(await readFile(join(this.sockets, 'pid'), 'utf8').catch(() => ''));
      if (this.#pid > 0) return;
      if (Date.now() > deadline) throw new Error(`the machine does not start\n${await this.log()}`);
    }
  }

  /** Kills the daemon and everything it has started; the disk stays as it is at this instant. */
  async cutPower(): Promise<void> {
    this.#pid = 0;
    await this.#tell('stop');
  }

  /** Runs a shell script as root in the machine, with its own busybox. */
  async run(script: string, options?: ExecuteOptions): Promise<Outcome> {
    const into = ['--target', String(this.#pid), '--mount', '--pid', '--uts', '--ipc', '--net', '--cgroup'];
    const [program, ...args] = asRoot('nsenter', ...into, '/usr/bin/sh', '-c', script);
    return await execute(program, args, { environment: { PATH: '/usr/sbin:/usr/bin' }, ...options });
  }

  /** The API's socket is root's; without root the tests need it too. */
  async giveSocketToTester(): Promise<void> {
    await this.run(`chown ${ownUser()} /run/sockets/docker.sock`);
  }

  /** Everything that the daemon has printed so far. */
  async log(): Promise<string> {
    return await readFile(join(this.#scratch, 'log'), 'utf8').catch(() => '');
  }

  /** Takes the machine apart; nothing of it is left. */
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
