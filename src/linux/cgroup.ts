/** Control groups, version 2 (the kernel's Documentation/admin-guide/cgroup-v2.rst). A group is a directory. */
import { isErrno } from './errno.ts';
import { makeDirectories, readText, writeFile } from './file.ts';
import { MS, mount } from './mount.ts';

export const CGROUP_ROOT = '/sys/fs/cgroup';

/** Mounts the one hierarchy of version 2. */
export function mountCgroups(target = CGROUP_ROOT): void {
  // memory_recursiveprot: protection given to a group reaches those below it; nsdelegate: a cgroup namespace is a border.
  const flags = MS.NOSUID | MS.NODEV | MS.NOEXEC | MS.RELATIME;
  mount('cgroup2', target, 'cgroup2', flags, 'nsdelegate,memory_recursiveprot');
}

/** Creates a group, and those above it. */
export function createCgroup(path: string): void {
  makeDirectories(path);
}

/** Moves a process into a group. */
export function moveToCgroup(path: string, pid: number): void {
  writeFile(`${path}/cgroup.procs`, String(pid));
}

/** The controllers that a group may give to the groups below it, such as `memory`. */
function availableControllers(path: string): string[] {
  return words(readText(`${path}/cgroup.controllers`));
}

/**
 * Lets the groups below this one use all controllers that it has itself. No process may be in the group then, unless it
 * is the root. A controller that the kernel keeps back, such as `cpu` from real-time processes, is left out.
 */
export function enableControllers(path: string): void {
  const wanted = availableControllers(path).map((controller) => `+${controller}`);
  // Each write makes the kernel wait for all processors, so one for all of them is tried first.
  if (enables(path, wanted.join(' '))) return;
  for (const controller of wanted) enables(path, controller);
}

function enables(path: string, controllers: string): boolean {
  try {
    writeFile(`${path}/cgroup.subtree_control`, controllers);
    return true;
  } catch (error) {
    if (isErrno(error, 'EINVAL', 'EOPNOTSUPP', 'ENOENT')) return false;
    throw error;
  }
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
