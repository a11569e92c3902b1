/** Mounts that only one process sees: unshare(2), mount_namespaces(7). */
import { setPropagation } from './mount.ts';
import { call } from './syscall.ts';

const CLONE_NEWNS = 0x20000;

/** Gives this process a mount namespace of its own. What it mounts is seen by nobody else and ends with it. */
export function enterPrivateMountNamespace(): void {
  call('unshare', CLONE_NEWNS);
  setPropagation('/', 'private', { recursive: true });
}
