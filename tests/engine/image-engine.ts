import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { dockerClient } from '../system/docker-client.ts';
import { type ExecuteOptions, execute, type Outcome, outputOf } from '../system/process.ts';
import { asRoot } from './as-root.ts';
import { NamespaceMachine } from './machine.ts';
import { type RawMember, rawTar } from './raw-tar.ts';
import { systemStore } from './root-tree.ts';

/** The engine's directory in the machine. */
export const engineRoot = '/var/lib/system-docker';

const SOCKET = 'docker.sock';
const ARGUMENTS = [
  '--host',
  `unix:///run/sockets/${SOCKET}`,
  '--root',
  engineRoot,
  '--system-images',
  systemStore,
];

/** System Docker in a machine, with the stock client. */
export class ImageEngine {
  readonly machine: NamespaceMachine;
  readonly #client: string;

  private constructor(machine: NamespaceMachine, client: string) {
    this.machine = machine;
    this.#client = client;
  }

  static async start(): Promise<ImageEngine> {
    const engine = new ImageEngine(await NamespaceMachine.make(), await dockerClient());
    await engine.switchOn();
    return engine;
  }

  async switchOn(): Promise<void> {
    await rm(join(this.machine.sockets, SOCKET), { force: true });
    await this.machine.switchOn(ARGUMENTS);
    for (const deadline = Date.now() + 20_000; ; await setTimeout(50)) {
      if ((await this.attempt(['version'])).status === 0) return;
      if (Date.now() > deadline) throw new Error(`no answer\n${await this.machine.log()}`);
    }
  }

  /** Runs the client, whatever comes of it. */
  async attempt(words: readonly string[], options?: ExecuteOptions): Promise<Outcome> {
    const host = `unix://${join(this.machine.sockets, SOCKET)}`;
    const [program, ...args] = asRoot(this.#client, '--host', host, ...words);
    return await execute(program, args, options);
  }

  /** What the client prints; a failure fails the test. */
  async docker(...words: string[]): Promise<string> {
    return outputOf(await this.attempt(words));
  }

  /** Loads an archive. */
  async load(archive: Buffer | readonly RawMember[]): Promise<Outcome> {
    return await this.attempt(['load', '--quiet'], {
      input: archive instanceof Buffer ? archive : rawTar(archive),
    });
  }

  /** Runs a shell script in the machine. */
  async shell(script: string): Promise<string> {
    return outputOf(await this.machine.run(script));
  }

  /** The directory of an image's uppermost layer, in the machine. */
  async upperLayer(name: string): Promise<string> {
    return await this.docker('image', 'inspect', '--format', '{{.GraphDriver.Data.UpperDir}}', name);
  }

  async remove(): Promise<void> {
    await this.machine.remove();
  }
}
