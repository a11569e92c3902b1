/**
 * Network namespaces by descriptor: network_namespaces(7), setns(2).
 *
 * A thread is in one of them, and each socket belongs to the one in which it was made. Since this program has one thread,
 * it can step into a namespace, make what it needs there, and step back.
 */
import { close, O, open, withFile } from './file-descriptor.ts';
import { bindMount } from './mount.ts';
import { call } from './syscall.ts';

const CLONE_NEWNET = 0x40000000;
const OWN = '/proc/self/ns/net';

/** Makes a network namespace, which lives as long as this descriptor, a process or a mount holds it. */
export function makeNetworkNamespace(): number {
  return withFile(OWN, O.RDONLY, (home) => {
    call('unshare', CLONE_NEWNET);
    try {
      return open(OWN, O.RDONLY);
    } finally {
      call('setns', home, CLONE_NEWNET);
    }
  });
}

/** A descriptor of the network namespace in which a process is. */
export function openNetworkNamespace(pid: number): number {
  return open(`/proc/${pid}/ns/net`, O.RDONLY);
}

/**
 * Mounts a namespace onto a new file, so that it outlives its processes and others can enter it by name.
 * @throws SyscallError EEXIST if there is a file already
 */
export function pinNetworkNamespace(namespace: number, path: string): void {
  close(open(path, O.WRONLY | O.CREAT | O.EXCL, 0o444));
  bindMount(`/proc/self/fd/${namespace}`, path);
}

/**
 * Runs `task` inside a network namespace: its netlink requests, its sockets, its files in /proc/sys/net. It must not wait
 * for anything: whatever ran meanwhile would be in that namespace, too.
 */
export function inNetworkNamespace<Result>(namespace: number, task: () => Result): Result {
  return withFile(OWN, O.RDONLY, (home) => {
    call('setns', namespace, CLONE_NEWNET);
    try {
      return task();
    } finally {
      call('setns', home, CLONE_NEWNET);
    }
  });
}
