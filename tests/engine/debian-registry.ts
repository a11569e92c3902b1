import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../builder/qemu/ports.ts';
import { unpackedPackages } from '../system/debian-packages.ts';
import { eventually } from './eventually.ts';

export interface RegistryOptions {
  /** Of this machine; 127.0.0.1 if absent. */
  readonly address?: string;
  /** PEM texts; without them it speaks plain HTTP. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Lines of a file of htpasswd; without them it lets everybody in. */
  readonly accounts?: string;
}

/** The real registry, of Debian's package docker-registry, on a free port. */
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

  /** Starts it with an empty store. */
  static async start(options: RegistryOptions = {}): Promise<DebianRegistry> {
    const { address = '127.0.0.1', tls, accounts } = options;
    const program = join(await unpackedPackages('docker-registry'), 'usr/bin/docker-registry');
    const directory = await mkdtemp(join(tmpdir(), 'paddock-registry-'));
    const port = await freePort();
    const name = `${address}:${port}`;
    const path = (file: string) => join(directory, file);
    if (tls) {
      await writeFile(path('certificate'), tls.certificate);
      await writeFile(path('key'), tls.key);
    }
    await writeFile(path('accounts'), accounts ?? '');
    const config = {
      version: 0.1,
      log: { level: 'error' },
      storage: { delete: { enabled: true }, filesystem: { rootdirectory: path('store') } },
      http: { addr: name, ...(tls && { tls: { certificate: path('certificate'), key: path('key') } }) },
      ...(accounts && { auth: { htpasswd: { realm: 'test', path: path('accounts') } } }),
    };
    await writeFile(path('config.yml'), JSON.stringify(config)); // which is YAML
    const child = spawn(program, ['serve', path('config.yml')], { stdio: 'ignore' });
    await eventually('the registry listens', () => canConnect(address, port));
    return new DebianRegistry(name, child, directory);
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
