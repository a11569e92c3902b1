/** `docker exec`: further processes in a running container. */

import * as v from 'valibot';
import { type ExitStatus, exitCode } from '../../linux/child.ts';
import { monotonicMilliseconds } from '../../linux/clock.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { removeIfExists, writeFile } from '../../linux/file.ts';
import { readTextInRoot } from '../../linux/open-in-root.ts';
import { randomId } from '../../linux/random.ts';
import { consoleSizeSchema } from '../../oci/container-config.ts';
import { execProcess } from '../../oci/container-process.ts';
import { overrideEnvironment } from '../../oci/environment.ts';
import { checkValue } from '../../oci/json.ts';
import { formatRuntimeSpec } from '../../oci/runtime-spec.ts';
import { resolveUser } from '../../oci/user.ts';
import type { Engine } from '../engine.ts';
import { conflict, EngineError, invalidParameter, notFound } from '../errors.ts';
import type { RunningProcess } from '../runtime/crun.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import { ContainerStreams } from '../streams/container-streams.ts';
import { remappingOf } from '../user-namespaces/container-user-namespace.ts';
import type { Container } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { rootOf } from './root-filesystem.ts';

const execConfig = v.object({
  AttachStdin: v.nullish(v.boolean()),
  AttachStdout: v.nullish(v.boolean()),
  AttachStderr: v.nullish(v.boolean()),
  Tty: v.nullish(v.boolean()),
  DetachKeys: v.nullish(v.string()),
  Env: v.nullish(v.array(v.string())),
  Cmd: v.nullish(v.array(v.string())),
  User: v.nullish(v.string()),
  WorkingDir: v.nullish(v.string()),
  Privileged: v.nullish(v.boolean()),
  ConsoleSize: consoleSizeSchema,
});

const execStart = v.object({ Detach: v.nullish(v.boolean()), ConsoleSize: consoleSizeSchema });

/** The body of the request, with the API's names. */
export type ExecConfig = v.InferOutput<typeof execConfig>;
export type ExecStart = v.InferOutput<typeof execStart>;

/** Checks a parsed JSON value. Throws FormatError. */
export function parseExecConfig(value: unknown): ExecConfig {
  return checkValue(execConfig, value, 'exec');
}

/** Checks a parsed JSON value. Throws FormatError. */
export function parseExecStart(value: unknown): ExecStart {
  return checkValue(execStart, value, 'exec start');
}

export class Exec {
  readonly id: string;
  readonly container: Container;
  readonly config: ExecConfig;
  readonly command: readonly string[];
  readonly streams = new ContainerStreams();
  status: 'created' | 'running' | 'exited' = 'created';
  pid = 0;
  exitCode: number | null = null;
  /** Resolves when the process runs, or cannot. */
  readonly started: Promise<void>;
  announceStart: () => void = () => {};
  /** Resolves with the exit code when the process has ended and its output is delivered. */
  ended: Promise<void> = Promise.resolve();
  /** When it was made, on the monotonic clock. */
  readonly created = monotonicMilliseconds();

  constructor(container: Container, config: ExecConfig, command: readonly string[], id: string = randomId()) {
    this.id = id;
    this.container = container;
    this.config = config;
    this.command = command;
    this.started = new Promise((resolve) => {
      this.announceStart = resolve;
    });
  }
}

/** Prepares an exec. Throws 409 if the container does not run. */
export function createExec(engine: Engine, container: Container, config: ExecConfig): Exec {
  checkRuns(container);
  const command = config.Cmd ?? [];
  if (command.length === 0) throw invalidParameter('No exec command specified');
  const exec = new Exec(container, config, command);
  forgetUnstarted(container.execs, exec.created);
  container.execs.set(exec.id, exec);
  publish(engine, exec, `exec_create: ${eventText(command)}`);
  return exec;
}

/** Finds an exec by its id. */
export function findExec(engine: Engine, id: string): Exec {
  for (const container of engine.containers.all()) {
    const exec = container.execs.get(id);
    if (exec !== undefined) return exec;
  }
  throw notFound(`No such exec instance: ${id}`);
}

/**
 * Starts the process. If it cannot be started the exec ends with Docker's exit code, and the error is thrown for the
 * caller to show where it fits: a hijacked stream has no status any more.
 */
export async function startExec(engine: Engine, exec: Exec, size: ExecStart['ConsoleSize']): Promise<void> {
  const { container } = exec;
  if (exec.status === 'running') throw conflict(`exec ${exec.id} is already running`);
  if (exec.status === 'exited') throw conflict(`exec ${exec.id} has already run`);
  checkRuns(container);
  exec.status = 'running';
  const [rows, columns] = size ?? exec.config.ConsoleSize ?? [0, 0];
  // Not in the store, which may be full.
  const processFile = `${engine.options.execRoot}/exec-${exec.id.slice(0, 32)}.json`;
  publish(engine, exec, `exec_start: ${eventText(exec.command)}`);
  try {
    writeFile(processFile, processDocument(engine, exec), 0o600);
    const running = await engine.runtime.exec(container.id, exec.id, processFile, {
      terminal: exec.config.Tty === true,
      size: { rows, columns },
      stdin: exec.config.AttachStdin === true,
      owner: remappingOf(engine, container.record.hostConfig)?.root,
    });
    superviseExec(engine, exec, running);
  } catch (error) {
    exec.status = 'exited';
    exec.exitCode = error instanceof RuntimeError ? error.exitCode : 126;
    publish(engine, exec, 'exec_die', { exitCode: String(exec.exitCode) });
    forgetOldExecs(container);
    if (error instanceof RuntimeError) throw invalidParameter(errorMessage(error), { cause: error });
    throw error;
  } finally {
    exec.announceStart();
    removeIfExists(processFile);
  }
}

/** Copies the output of an exec that runs, and learns its end. */
export function superviseExec(engine: Engine, exec: Exec, running: RunningProcess): void {
  exec.status = 'running';
  exec.pid = running.pid;
  exec.streams.connect(running.ends);
  exec.ended = running.exited.then((status) => finishExec(engine, exec, status));
}

async function finishExec(engine: Engine, exec: Exec, status: ExitStatus): Promise<void> {
  exec.status = 'exited';
  exec.exitCode = exitCode(status);
  exec.pid = 0;
  publish(engine, exec, 'exec_die', { exitCode: String(exec.exitCode) });
  await exec.streams.disconnect();
  forgetOldExecs(exec.container);
}

/** How long an exec waits to be started, in milliseconds: the pause between two clean-ups of Docker's. */
const START_PATIENCE = 5 * 60_000;

/** Forgets execs that nobody has started: a client that only makes them must not fill the memory. */
export function forgetUnstarted(execs: Map<string, Pick<Exec, 'status' | 'created'>>, now: number): void {
  for (const [id, { status, created }] of execs) {
    if (status === 'created' && now - created > START_PATIENCE) execs.delete(id);
  }
}

/** How many ended execs of a container can still be inspected. */
const KEPT_EXECS = 32;

function forgetOldExecs(container: Container): void {
  const ended = [...container.execs.values()].filter(({ status }) => status === 'exited');
  for (const { id } of ended.slice(0, -KEPT_EXECS)) container.execs.delete(id);
}

function processDocument(engine: Engine, { container, config, command }: Exec): string {
  const first = container.process;
  if (first === undefined) throw new EngineError(500, `container ${container.id} has no process`);
  const root = rootOf(engine, container);
  const user = resolveUser(
    config.User || (container.record.config.User ?? ''),
    container.record.hostConfig.GroupAdd ?? [],
    {
      passwd: readTextInRoot(root, '/etc/passwd'),
      group: readTextInRoot(root, '/etc/group'),
    },
  );
  const home = config.User && user.home !== undefined ? [`HOME=${user.home}`] : [];
  const terminal = config.Tty ? ['TERM=xterm'] : [];
  const base = overrideEnvironment(first.env, [...home, ...terminal]);
  return formatRuntimeSpec(
    execProcess(first, {
      args: command,
      env: overrideEnvironment(base, config.Env ?? []),
      user,
      tty: config.Tty === true,
      ...(config.WorkingDir && { workingDir: config.WorkingDir }),
      ...(config.Privileged && { allCapabilities: engine.host.capabilities }),
    }),
  );
}

/** A command in an event: as in Docker, with a space behind a program without arguments. */
function eventText([program = '', ...args]: readonly string[]): string {
  return `${program} ${args.join(' ')}`;
}

function checkRuns(container: Container): void {
  const { id, state } = container;
  if (state.status === 'paused') {
    throw conflict(`container ${id} is paused, unpause the container before exec`);
  }
  if (state.status === 'restarting')
    throw conflict(`container ${id} is restarting, wait until the container is running`);
  if (!container.isAlive) throw conflict(`container ${id} is not running`);
}

function publish(engine: Engine, exec: Exec, action: string, attributes: Record<string, string> = {}): void {
  publishContainerEvent(engine, exec.container, action, { execID: exec.id, ...attributes });
}
