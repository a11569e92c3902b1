import { exists, makeDirectories, makeLink } from '../linux/file.ts';
import { MS, mount } from '../linux/mount.ts';

interface KernelFilesystem {
  readonly type: string;
  readonly target: string;
  readonly flags: number;
  readonly options: string;
}

const { NOSUID, NODEV, NOEXEC } = MS;

/** Group `tty`, which owns terminals. */
const TTY_GROUP = 5;

const FILESYSTEMS: readonly KernelFilesystem[] = [
  { type: 'proc', target: '/proc', flags: NOSUID | NODEV | NOEXEC, options: '' },
  {
    type: 'devpts',
    target: '/dev/pts',
    flags: NOSUID | NOEXEC,
    options: `gid=${TTY_GROUP},mode=620,ptmxmode=666`,
  },
  { type: 'tmpfs', target: '/dev/shm', flags: NOSUID | NODEV | NOEXEC, options: 'mode=1777,size=65536k' },
  { type: 'mqueue', target: '/dev/mqueue', flags: NOSUID | NODEV | NOEXEC, options: '' },
  { type: 'tmpfs', target: '/run', flags: NOSUID | NODEV, options: 'mode=755,size=20%' },
];

/** Names that programs expect in /dev and that the kernel does not make. */
const DEVICE_LINKS = {
  '/dev/fd': '/proc/self/fd',
  '/dev/stdin': '/proc/self/fd/0',
  '/dev/stdout': '/proc/self/fd/1',
  '/dev/stderr': '/proc/self/fd/2',
  '/dev/core': '/proc/kcore',
} as const;

/** Mounts what programs expect of a kernel: /proc, /dev/pts, /dev/shm, /dev/mqueue, /run. /dev and /sys are there already. */
export function mountKernelFilesystems(): void {
  for (const filesystem of FILESYSTEMS) mountFilesystem(filesystem);
  for (const [path, target] of Object.entries(DEVICE_LINKS)) {
    if (!exists(path)) makeLink(target, path);
  }
}

function mountFilesystem({ type, target, flags, options }: KernelFilesystem): void {
  makeDirectories(target);
  mount(type, target, type, flags, options);
}
