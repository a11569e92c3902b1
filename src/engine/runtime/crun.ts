/**
 * The OCI runtime: crun makes a container or an exec and exits; its process is then a child of this one.
 *
 * Nothing of crun stays behind. Its exit code says whether the process runs, its log why not.
 */

import { adopt, type ExitStatus, exitCode, waitForExit } from '../../linux/child.ts';
import { type DescriptorReceiver, receiveDescriptorAt } from '../../linux/descriptor-passing.ts';
import {
  makeDirectories,
  readText,
  readTextIfExists,
  removeIfExists,
  removeTree,
  writeFile,
} from '../../linux/file.ts';
import { close, pipe } from '../../linux/file-descriptor.ts';
import { spawn } from '../../linux/process.ts';
import { outputOf } from '../../linux/process-output.ts';
import { openStream } from '../../linux/stream.ts';
import { call } from '../../linux/syscall.ts';
import { setWindowSize, type WindowSize } from '../../linux/terminal.ts';
import type { SpecResources } from '../../oci/runtime-spec-types.ts';
import type { ProcessEnds } from '../streams/container-streams.ts';
import { runtimeError } from './runtime-error.ts';

/** Bytes of output that are taken at once, as in Docker: they may be thousands of lines, each of which is logged. */
const OUTPUT_SIZE = 16 * 1024;

export interface StandardStreams {
  /** A pseudo-terminal in place of pipes, of this size if one is known. */
  readonly terminal: boolean;
  readonly size?: WindowSize | undefined;
  /** Whether the process gets input; else it reads end of file at once. */
  readonly stdin: boolean;
  /** Whom pipes belong to, so that the process may open them by name (`/dev/stdout`); root if absent. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

export interface RunningProcess {
  readonly pid: number;
  readonly ends: ProcessEnds;
  readonly exited: Promise<ExitStatus>;
}

export interface RuntimeVersion {
  readonly version: string;
  readonly commit: string;
}

export class Crun {
  readonly #root: string;
  readonly #scratch: string;
  #version: Promise<RuntimeVersion> | undefined;

  /** `root` is a directory for crun's state, on a filesystem that is empty after boot. */
  constructor(root: string) {
    this.#root = `${root}/state`;
    this.#scratch = `${root}/launch`;
    makeDirectories(this.#root, 0o700);
    makeDirectories(this.#scratch, 0o700);
  }

  /** Which crun this is. */
  version(): Promise<RuntimeVersion> {
    this.#version ??= outputOf(['crun', '--version']).then(parseVersion);
    return this.#version;
  }

  /** Makes and starts the container that `bundle/config.json` describes. Throws RuntimeError. */
  run(id: string, bundle: string, streams: StandardStreams): Promise<RunningProcess> {
    return this.#launch('run', id, ['--bundle', bundle], id, streams);
  }

  /** Starts a further process, which the file `processFile` describes, in a running container. */
  exec(id: string, execId: string, processFile: string, streams: StandardStreams): Promise<RunningProcess> {
    return this.#launch('exec', execId, ['--process', processFile], id, streams);
  }

  /** Changes the limits of a running container. Throws RuntimeError. */
  async update(id: string, resources: Omit<SpecResources, 'devices'>): Promise<void> {
    const prefix = `${this.#scratch}/update-${id.slice(0, 32)}`;
    const files = { log: `${prefix}.log`, resources: `${prefix}.json` };
    try {
      writeFile(files.resources, JSON.stringify(resources), 0o600);
      const { exited } = spawn({
        command: [
          'crun',
          ...['--root', this.#root, '--log', `file:${files.log}`, '--log-format', 'json'],
          ...['update', '--resources', files.resources, id],
        ],
      });
      const status = await exited;
      if (exitCode(status) !== 0) throw runtimeError('update', readTextIfExists(files.log) ?? '', status);
    } finally {
      for (const file of Object.values(files)) removeIfExists(file);
    }
  }

  /** Forgets a container whose processes have all ended. */
  forget(id: string): void {
    removeTree(`${this.#root}/${id}`);
  }

  async #launch(
    command: 'run' | 'exec',
    launchId: string,
    options: readonly string[],
    containerId: string,
    streams: StandardStreams,
  ): Promise<RunningProcess> {
    const prefix = `${this.#scratch}/${launchId.slice(0, 32)}`;
    const files = { log: `${prefix}.log`, pid: `${prefix}.pid`, console: `${prefix}.sock` };
    const consoleSocket = streams.terminal ? receiveDescriptorAt(files.console) : undefined;
    const pipes = streams.terminal ? undefined : new Pipes(streams);
    try {
      return await adopt(async () => {
        const child = spawn({
          command: [
            'crun',
            ...['--root', this.#root, '--log', `file:${files.log}`, '--log-format', 'json'],
            ...[command, '--detach', '--pid-file', files.pid],
            ...options,
            ...(consoleSocket === undefined ? [] : ['--console-socket', files.console]),
            containerId,
          ],
          ...pipes?.childEnds(),
          newSession: true,
        });
        pipes?.closeChildEnds();
        const status = await child.exited;
        if (exitCode(status) !== 0) {
          throw runtimeError(command, readTextIfExists(files.log) ?? '', status);
        }
        const pid = Number(readText(files.pid));
        const ends = pipes?.takeEnds() ?? (await terminalEnds(consoleSocket, streams));
        return { pid, ends, exited: waitForExit(pid) };
      });
    } finally {
      pipes?.closeAll();
      consoleSocket?.close();
      for (const file of Object.values(files)) removeIfExists(file);
    }
  }
}

/** Lines `crun version 1.21` and `commit: 0123…`. */
function parseVersion(text: string): RuntimeVersion {
  const field = (form: RegExp) => form.exec(text)?.[1] ?? '';
  return { version: field(/^crun version (\S+)/m), commit: field(/^commit: (\S+)/m) };
}

async function terminalEnds(
  receiver: DescriptorReceiver | undefined,
  { size }: StandardStreams,
): Promise<ProcessEnds> {
  const master = (await receiver?.received) ?? -1;
  if (size !== undefined && size.rows > 0) setWindowSize(master, size);
  return { stdout: openStream(master, OUTPUT_SIZE), isTerminal: true };
}

/** The pipes of a process without a terminal: both ends, until each has found its owner. */
class Pipes {
  readonly #stdin: [read: number, write: number] | undefined;
  readonly #stdout = pipe();
  readonly #stderr = pipe();
  #open: Set<number>;

  constructor({ stdin, owner }: StandardStreams) {
    this.#stdin = stdin ? pipe() : undefined;
    this.#open = new Set([...(this.#stdin ?? []), ...this.#stdout, ...this.#stderr]);
    if (owner === undefined) return;
    for (const fd of Object.values(this.childEnds())) call('fchown', fd, owner.uid, owner.gid);
  }

  childEnds(): { stdin?: number; stdout: number; stderr: number } {
    const outputs = { stdout: this.#stdout[1], stderr: this.#stderr[1] };
    return this.#stdin === undefined ? outputs : { ...outputs, stdin: this.#stdin[0] };
  }

  closeChildEnds(): void {
    for (const fd of Object.values(this.childEnds())) this.#close(fd);
  }

  /** Hands the engine's ends over. */
  takeEnds(): ProcessEnds {
    const take = (fd: number) => {
      this.#open.delete(fd);
      return openStream(fd, OUTPUT_SIZE);
    };
    return {
      stdin: this.#stdin === undefined ? undefined : take(this.#stdin[1]),
      stdout: take(this.#stdout[0]),
      stderr: take(this.#stderr[0]),
      isTerminal: false,
    };
  }

  /** Closes what nobody has taken. */
  closeAll(): void {
    for (const fd of this.#open) this.#close(fd);
  }

  #close(fd: number): void {
    if (this.#open.delete(fd)) close(fd);
  }
}
