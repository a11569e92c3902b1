/** System calls by name: `call` throws what `attempt` returns as -errno. */
import { SyscallError } from './errno.ts';
import type { SyscallArgument } from './host.ts';
import { SYSCALL_NUMBERS, type SyscallName } from './syscall-numbers.ts';

const EINTR = 4;

/** Calls the kernel, again if a signal interrupted it, and returns the result or -errno. */
export function attempt(name: SyscallName, ...args: SyscallArgument[]): number {
  const number = SYSCALL_NUMBERS[name][host.architecture === 'x86_64' ? 0 : 1];
  for (;;) {
    const result = host.syscall(number, ...args);
    if (result !== -EINTR) return result;
  }
}

/** Calls the kernel; throws a SyscallError if it fails. */
export function call(name: SyscallName, ...args: SyscallArgument[]): number {
  return checked(attempt(name, ...args), name);
}

/** Like `call`, for calls about a file: the error names the path. */
export function callOnPath(path: string, name: SyscallName, ...args: SyscallArgument[]): number {
  return checked(attempt(name, ...args), name, path);
}

/** The result of a system call, or a SyscallError if it is -errno. */
export function checked(result: number, syscall: string, path?: string): number {
  if (result < 0) throw new SyscallError(syscall, -result, path);
  return result;
}
