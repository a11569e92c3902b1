/**
 * User namespaces by descriptor: user_namespaces(7).
 *
 * A process cannot give itself a user namespace and leave it again, and the ranges of one are written from outside.
 * Therefore a child process makes it, and ends as soon as this one has opened it.
 */

import { encodeUtf8 } from './bytes.ts';
import { waitForProcess } from './child.ts';
import { close, O, open, pipe, read, withFile, writeAll } from './file-descriptor.ts';
import { forkProcess } from './process.ts';
import { signalNumber } from './signal.ts';
import { attempt, call, checked } from './syscall.ts';

const PR_SET_PDEATHSIG = 1;
const CLONE_NEWUSER = 0x10000000;
const CLONE_NEWNET = 0x40000000;

/** Ids that follow each other, and what they are outside. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

export interface IdMappings {
  readonly users: readonly IdRange[];
  readonly groups: readonly IdRange[];
}

/** Makes a user namespace, which lives as long as this descriptor or a process holds it. */
export function makeUserNamespace({ users, groups }: IdMappings): number {
  return withChild(
    () => attempt('unshare', CLONE_NEWUSER),
    (pid) => {
      writeRanges(`/proc/${pid}/uid_map`, users);
      writeRanges(`/proc/${pid}/gid_map`, groups);
      return openUserNamespace(pid);
    },
  );
}

/** A descriptor of the user namespace in which a process is. */
export function openUserNamespace(pid: number): number {
  return open(`/proc/${pid}/ns/user`, O.RDONLY);
}

/** Makes a network namespace over which root of a user namespace has power. Its descriptor, as of those of this machine. */
export function makeNetworkNamespaceIn(userNamespace: number): number {
  return withChild(
    () => attempt('setns', userNamespace, CLONE_NEWUSER) || attempt('unshare', CLONE_NEWNET),
    (pid) => open(`/proc/${pid}/ns/net`, O.RDONLY),
  );
}

/** Makes this process, for good, one of root in a user namespace, without rights outside. For workers that root has started. */
export function becomeRootOf(userNamespace: number): void {
  call('setns', userNamespace, CLONE_NEWUSER);
  call('setgroups', 0, null);
  call('setgid', 0);
  call('setuid', 0);
  // The change of the user has cleared what the worker was born with.
  call('prctl', PR_SET_PDEATHSIG, signalNumber('SIGKILL'), 0, 0, 0);
}

/**
 * Runs `use` while a child is there.
 * @param prepare what the child does first; 0 or -errno
 */
function withChild<Result>(prepare: () => number, use: (pid: number) => Result): Result {
  const [outcomeEnd, childOutcomeEnd] = pipe();
  const [childLifeEnd, lifeEnd] = pipe();
  const pid = forkProcess(() => {
    close(lifeEnd);
    writeAll(childOutcomeEnd, Uint8Array.of(-prepare()));
    read(childLifeEnd, new Uint8Array(1)); // until the parent has closed its end
    return 0;
  });
  close(childOutcomeEnd);
  close(childLifeEnd);
  try {
    const outcome = new Uint8Array(1);
    if (read(outcomeEnd, outcome) === 0) throw new Error('the process that makes a namespace has ended');
    checked(-(outcome[0] ?? 0), 'unshare');
    return use(pid);
  } finally {
    close(outcomeEnd);
    close(lifeEnd);
    waitForProcess(pid);
  }
}

/** All ranges in one write, as uid_map wants them. */
function writeRanges(path: string, ranges: readonly IdRange[]): void {
  const lines = ranges.map(({ inside, outside, count }) => `${inside} ${outside} ${count}\n`);
  withFile(path, O.WRONLY, (fd) => writeAll(fd, encodeUtf8(lines.join(''))));
}
