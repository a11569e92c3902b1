import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../../builder/cache.ts';
import { downloadPackages, ensureLists, release } from '../../builder/debian/apt.ts';
import { run } from '../../builder/exec.ts';
import { step } from '../../builder/progress.ts';
import { freePort } from '../../builder/qemu/ports.ts';
import { eventually } from './eventually.ts';

/** The real registry, of Debian's package docker-registry, on a port of 127.0.0.1. */
export class DebianRegistry {
  /** Host and port. */
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(name: string, process: ChildProcess, directory: string) {
    this.name = name;
    this.#process = process;
    this.#directory = directory;
  }

  /**
   * Starts it with an empty store.
   * @param options.settings lines of its configuration at the top level; `DIRECTORY` stands for a directory of its own
   * @param options.files content of files in that directory
   */
  static async start(
    options: {
      readonly settings?: string;
      readonly http?: string;
      readonly files?: Record<string, string>;
    } = {},
  ): Promise<DebianRegistry> {
    const program = join(await registryPackage(), 'usr/bin/docker-registry');
    const directory = await mkdtemp(join(tmpdir(), 'paddock-registry-'));
    const name = `127.0.0.1:${await freePort()}`;
    for (const [path, content] of Object.entries(options.files ?? {}))
      await writeFile(join(directory, path), content);
    const storage =
      'storage:\n  delete:\n    enabled: true\n  filesystem:\n    rootdirectory: DIRECTORY/store\n';
    const lines = `version: 0.1\nlog:\n  level: error\n${storage}http:\n  addr: ${name}\n${options.http ?? ''}${options.settings ?? ''}`;
    await writeFile(join(directory, 'config.yml'), lines.replaceAll('DIRECTORY', directory));
    const child = spawn(program, ['serve', join(directory, 'config.yml')], { stdio: 'ignore' });
    const [host = '', port] = name.split(':');
    await eventually('the registry listens', () => canConnect(host, Number(port)));
    return new DebianRegistry(name, child, directory);
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function registryPackage(): Promise<string> {
  return await cached('docker-registry', [release], (into) =>
    step("Fetching Debian's registry", async () => {
      await ensureLists(24);
      for (const file of await downloadPackages(['docker-registry'], into)) {
        await run('dpkg-deb', ['-x', file, into]);
        await rm(file);
      }
    }),
  );
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
