/** Opening, reading and writing by descriptor: open(2), read(2), write(2), pipe2(2), fcntl(2). */
import { attempt, call, callOnPath } from './syscall.ts';

/** Resolve relative paths from the working directory (`AT_FDCWD`). */
export const AT_FDCWD = -100;

/** Flags of open(2). The last three differ between architectures. */
export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  CREAT: 0o100,
  EXCL: 0o200,
  NOCTTY: 0o400,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  CLOEXEC: 0o2000000,
  PATH: 0o10000000,
} as const;

/** `O_DIRECTORY` and `O_NOFOLLOW` have other values on arm64. */
export const oDirectory = (): number => (host.architecture === 'x86_64' ? 0o200000 : 0o40000);
export const oNoFollow = (): number => (host.architecture === 'x86_64' ? 0o400000 : 0o100000);

/** Opens a file, always close-on-exec. Throws SyscallError. */
export function open(path: string, flags: number, mode = 0o666, directory = AT_FDCWD): number {
  return callOnPath(path, 'openat', directory, path, flags | O.CLOEXEC, mode);
}

/** Closes a descriptor. Errors are ignored: the descriptor is gone in any case (close(2)). */
export function close(fd: number): void {
  attempt('close', fd);
}

/** Reads at most `buffer.length` bytes; 0 at end of file. Blocks if the descriptor does. */
export function read(fd: number, buffer: Uint8Array): number {
  return call('read', fd, buffer, buffer.length);
}

/** Writes all of `data` to a blocking descriptor. */
export function writeAll(fd: number, data: Uint8Array): void {
  let rest = data;
  while (rest.length > 0) rest = rest.subarray(call('write', fd, rest, rest.length));
}

/** A pipe: its reading and its writing end, both close-on-exec. */
export function pipe(flags = 0): [readEnd: number, writeEnd: number] {
  const ends = new Int32Array(2);
  call('pipe2', ends, flags | O.CLOEXEC);
  return [ends[0] ?? -1, ends[1] ?? -1];
}

const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const FD_CLOEXEC = 1;

/** Makes reads and writes return EAGAIN instead of waiting. */
export function setNonBlocking(fd: number, on: boolean): void {
  const flags = call('fcntl', fd, F_GETFL);
  call('fcntl', fd, F_SETFL, on ? flags | O.NONBLOCK : flags & ~O.NONBLOCK);
}

/** Whether the descriptor is closed by execve. */
export function setCloseOnExec(fd: number, on: boolean): void {
  const flags = call('fcntl', fd, F_GETFD);
  call('fcntl', fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}

/** Runs `use` with an open file and closes it whatever happens. */
export function withFile<Result>(
  path: string,
  flags: number,
  use: (fd: number) => Result,
  mode = 0o666,
): Result {
  const fd = open(path, flags, mode);
  try {
    return use(fd);
  } finally {
    close(fd);
  }
}
