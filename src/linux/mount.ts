/** mount(2), umount2(2) and what is mounted (proc_pid_mountinfo(5)). */
import { readText } from './file.ts';
import { callOnPath } from './syscall.ts';

/** Flags of mount(2). */
export const MS = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  REMOUNT: 0x20,
  /** Symbolic links on it are not followed. */
  NOSYMFOLLOW: 0x100,
  BIND: 0x1000,
  MOVE: 0x2000,
  REC: 0x4000,
  SILENT: 0x8000,
  PRIVATE: 0x40000,
  SLAVE: 0x80000,
  SHARED: 0x100000,
  RELATIME: 0x200000,
} as const;

const MNT_DETACH = 2;

/** Mounts a filesystem. `data` is the filesystem's own comma-separated options. */
export function mount(source: string, target: string, type: string, flags = 0, data = ''): void {
  callOnPath(target, 'mount', source, target, type, flags, data);
}

/** Shows the tree at `source` also at `target`; with `recursive` what is mounted below it, too. */
export function bindMount(source: string, target: string, options: { recursive?: boolean } = {}): void {
  callOnPath(target, 'mount', source, target, null, MS.BIND | (options.recursive ? MS.REC : 0), null);
}

/** Makes a bind mount read-only. */
export function remountReadOnly(target: string): void {
  callOnPath(target, 'mount', null, target, null, MS.REMOUNT | MS.BIND | MS.RDONLY, null);
}

/** Sets how mounts below a mount point reach other namespaces (mount_namespaces(7)). */
export function setPropagation(
  target: string,
  kind: 'private' | 'slave' | 'shared',
  options: { recursive?: boolean } = {},
): void {
  const flag = { private: MS.PRIVATE, slave: MS.SLAVE, shared: MS.SHARED }[kind];
  callOnPath(target, 'mount', null, target, null, flag | (options.recursive ? MS.REC : 0), null);
}

/** Moves a mount to another mount point. */
export function moveMount(from: string, to: string): void {
  callOnPath(to, 'mount', from, to, null, MS.MOVE, null);
}

/** Unmounts; lazily, so that files still open in it go on until they are closed. */
export function unmount(target: string): void {
  callOnPath(target, 'umount2', target, MNT_DETACH);
}

/** The mount points of this mount namespace, in the order they were mounted. */
export function mountPoints(): string[] {
  const lines = readText('/proc/self/mountinfo').split('\n').filter(Boolean);
  return lines.map((line) => unescapePath(line.split(' ')[4] ?? ''));
}

/** Blank, tab, newline and backslash are written as three octal digits. */
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
