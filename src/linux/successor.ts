/** Replacing this program by another one, or a newer one, in the same process: execve(2) keeps children and descriptors. */
import { readLink } from './file.ts';
import { setCloseOnExec } from './file-descriptor.ts';
import { execute } from './process.ts';

/** The file of this program, or what lies in its place now. */
export function ownProgram(): string {
  return readLink('/proc/self/exe').replace(/ \(deleted\)$/, '');
}

/** Becomes another program, which gets the descriptors `kept` open. Throws SyscallError, and all is as before. */
export function becomeSuccessor(
  path: string,
  args: readonly string[],
  { environment, kept }: { readonly environment: readonly string[]; readonly kept: readonly number[] },
): never {
  try {
    for (const fd of kept) setCloseOnExec(fd, false);
    return execute(path, args, environment);
  } catch (error) {
    for (const fd of kept) setCloseOnExec(fd, true);
    throw error;
  }
}
