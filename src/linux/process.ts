/** Making processes: fork, execve, and what a child sets up in between. */
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { type ExitStatus, resetChildren, waitForExit } from './child.ts';
import { errnoNumber, SyscallError } from './errno.ts';
import { resetEventLoop } from './event-loop.ts';
import { exists } from './file.ts';
import { close, O, open, pipe, read, setCloseOnExec, writeAll } from './file-descriptor.ts';
import { blockSignals, unblockSignals } from './signal.ts';
import { attempt, call, callOnPath, checked } from './syscall.ts';

const TIOCSCTTY = 0x540e;
const TIOCSPGRP = 0x5410;

export interface SpawnOptions {
  /** The program and its arguments. A name without a slash is looked up in PATH. */
  readonly command: readonly [string, ...string[]];
  /** The program's file, if its name in `command` is not it. */
  readonly path?: string;
  /** `NAME=value` strings; this process's environment if absent. */
  readonly environment?: readonly string[];
  readonly directory?: string;
  /** What the program has for `/`; its path, and `directory`, are looked up there (chroot(2)). */
  readonly root?: string;
  /** Descriptors that become 0, 1 and 2; /dev/null if absent. The parent keeps its own. */
  readonly stdin?: number;
  readonly stdout?: number;
  readonly stderr?: number;
  /** Further descriptors that the child keeps, under the same numbers. */
  readonly keep?: readonly number[];
  /** Starts a session of its own, with stdin as its terminal if it is one. */
  readonly newSession?: boolean;
  /** Starts a process group of its own, which the terminal at stdin, if it is one, then talks to. */
  readonly newForegroundGroup?: boolean;
}

export interface Child {
  readonly pid: number;
  readonly exited: Promise<ExitStatus>;
}

/** Starts a program. Throws SyscallError if it cannot be executed. */
export function spawn(options: SpawnOptions): Child {
  const path = options.path ?? findProgram(options.command[0], options.environment);
  const [errorEnd, childErrorEnd] = pipe();
  const pid = checked(host.fork(), 'fork');
  if (pid === 0) {
    close(errorEnd);
    becomeProgram(path, options, childErrorEnd);
  }
  close(childErrorEnd);
  const exited = waitForExit(pid);
  const failure = readFailure(errorEnd);
  if (failure !== undefined) throw failure;
  return { pid, exited };
}

/** Replaces this process by another program. Throws SyscallError if that fails. */
export function execute(path: string, args: readonly string[], environment: readonly string[]): never {
  throw new SyscallError('execve', -host.execve(path, args, environment), path);
}

/** Ends this process at once. */
export function exit(code: number): never {
  attempt('exit_group', code);
  throw new Error('unreachable: exit_group came back');
}

/** Runs `main` in a child process, which ends with it; the exit code is what it returns. */
export function forkProcess(main: () => number): number {
  const pid = checked(host.fork(), 'fork');
  if (pid !== 0) return pid;
  resetEventLoop();
  resetChildren();
  let code = 1;
  try {
    code = main();
  } finally {
    exit(code);
  }
}

/** A variable of this process's environment. */
export function environmentVariable(name: string): string | undefined {
  return valueIn(host.environment, name);
}

function valueIn(environment: readonly string[], name: string): string | undefined {
  return environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Where a program lies, by the PATH of the environment that it will get. Throws ENOENT. */
export function findProgram(name: string, environment: readonly string[] = host.environment): string {
  if (name.includes('/')) return name;
  const path = valueIn(environment, 'PATH') ?? '/usr/sbin:/usr/bin:/sbin:/bin';
  const found = path
    .split(':')
    .map((directory) => `${directory}/${name}`)
    .find(exists);
  if (found === undefined) throw new SyscallError('execve', errnoNumber('ENOENT'), name);
  return found;
}

/** The child's half of spawn: never returns, and tells the parent why if it cannot execute. */
function becomeProgram(path: string, options: SpawnOptions, errorEnd: number): never {
  try {
    if (options.newSession) call('setsid');
    installStandardStreams(options);
    for (const fd of options.keep ?? []) setCloseOnExec(fd, false);
    if (options.newSession) attempt('ioctl', 0, TIOCSCTTY, 0);
    if (options.newForegroundGroup) enterForegroundGroup();
    if (options.root !== undefined) enterRoot(options.root);
    if (options.directory !== undefined) callOnPath(options.directory, 'chdir', options.directory);
    unblockSignals();
    execute(path, options.command, options.environment ?? host.environment);
  } catch (error) {
    const failure =
      error instanceof SyscallError ? error : new SyscallError('execve', errnoNumber('EIO'), path);
    writeAll(errorEnd, encodeUtf8(`${failure.syscall} ${failure.errno} ${failure.path ?? ''}`));
  }
  return exit(127);
}

function enterRoot(root: string): void {
  callOnPath(root, 'chroot', root);
  callOnPath('/', 'chdir', '/');
}

function enterForegroundGroup(): void {
  call('setpgid', 0, 0);
  // Whoever is not in the foreground is stopped for asking, unless it ignores that.
  blockSignals('SIGTTOU');
  attempt('ioctl', 0, TIOCSPGRP, new Int32Array([call('getpid')]));
}

function installStandardStreams({ stdin, stdout, stderr }: SpawnOptions): void {
  const FIRST_FREE = 3;
  const F_DUPFD_CLOEXEC = 1030;
  const nothing = open('/dev/null', O.RDWR);
  const sources = [stdin ?? nothing, stdout ?? nothing, stderr ?? nothing];
  // First out of the way, so that no source is overwritten while 0, 1 and 2 are filled.
  const safe = sources.map((fd) => call('fcntl', fd, F_DUPFD_CLOEXEC, FIRST_FREE));
  for (const [target, fd] of safe.entries()) call('dup3', fd, target, 0);
}

function readFailure(errorEnd: number): SyscallError | undefined {
  const buffer = new Uint8Array(4096);
  const count = read(errorEnd, buffer);
  close(errorEnd);
  if (count === 0) return undefined;
  const [syscall = '', errno = '', ...path] = decodeUtf8(buffer.subarray(0, count)).split(' ');
  return new SyscallError(syscall, Number(errno), path.join(' '));
}
