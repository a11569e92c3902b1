/**
 * The files of a container as a worker sees them that copies to or from it: its root filesystem with its volumes, and
 * nothing of the host.
 *
 * The container may be hostile, and may be running meanwhile. Therefore the worker's own root is a filesystem in memory
 * with two directories: the container's root, and the worker's open files, which `pathAt` needs. Whatever symbolic links
 * somebody puts into a path at the worst moment, there is nothing else to reach.
 */
import { isErrno } from '../../linux/errno.ts';
import { makeDirectories, makeDirectory, readLink, writeFile } from '../../linux/file.ts';
import { close, O, oDirectory, open } from '../../linux/file-descriptor.ts';
import { lstatIfExists, stat } from '../../linux/file-status.ts';
import { bindMount, mount, remountReadOnly } from '../../linux/mount.ts';
import { enterPrivateMountNamespace } from '../../linux/mount-namespace.ts';
import { openDirectoryInRoot, openInRoot, pathAt } from '../../linux/open-in-root.ts';
import { call } from '../../linux/syscall.ts';
import { becomeRootOf, type IdMappings, makeUserNamespace } from '../../linux/user-namespace.ts';

/** What a container has at a place of its root filesystem. */
export interface ViewMount {
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
}

export interface ContainerView {
  /** Where its root filesystem is mounted. */
  readonly root: string;
  readonly mounts: readonly ViewMount[];
  /** The users of a remapped container: the worker becomes root among them, else it stays root of the machine. */
  readonly mappings?: IdMappings | undefined;
  /** Any directory: it is mounted over, for the worker only. */
  readonly scratch: string;
}

/** Where the container's root is for a worker that has entered its view. */
export const VIEW_ROOT = '/container';
const OWN_FILES = '/proc/self/fd';

/** Enters the view of a container; there is no way back. Returns its root, opened. */
export function enterContainerView({ root, mounts, mappings, scratch }: ContainerView): number {
  const userNamespace = mappings && makeUserNamespace(mappings);
  enterPrivateMountNamespace();
  mount('view', scratch, 'tmpfs');
  makeDirectories(`${scratch}${OWN_FILES}`);
  makeDirectory(`${scratch}${VIEW_ROOT}`);
  bindMount(root, `${scratch}${VIEW_ROOT}`);
  const fd = open(`${scratch}${VIEW_ROOT}`, O.RDONLY | oDirectory());
  const depth = (path: string) => path.split('/').length;
  for (const wanted of mounts.toSorted((a, b) => depth(a.destination) - depth(b.destination))) {
    mountInView(fd, wanted);
  }
  bindMount(OWN_FILES, `${scratch}${OWN_FILES}`);
  call('chroot', scratch);
  call('chdir', '/');
  if (userNamespace !== undefined) becomeRootOf(userNamespace);
  return fd;
}

function mountInView(root: number, { source, destination, readOnly }: ViewMount): void {
  makeMountPoint(root, destination, stat(source).type === 'directory');
  withOpen(root, destination, (path) => bindMount(source, path, { recursive: true }));
  if (readOnly) withOpen(root, destination, remountReadOnly);
}

function withOpen(root: number, path: string, use: (path: string) => void): void {
  const fd = openInRoot(root, path, O.PATH);
  try {
    use(`${OWN_FILES}/${fd}`);
  } finally {
    close(fd);
  }
}

/** A container that has never run may lack it. */
function makeMountPoint(root: number, path: string, isDirectory: boolean): void {
  if (isThere(root, path)) return;
  const parent = path.slice(0, path.lastIndexOf('/')) || '/';
  makeMountPoint(root, parent, true);
  const directory = openDirectoryInRoot(root, parent);
  try {
    const place = pathAt(directory, path.slice(path.lastIndexOf('/') + 1));
    if (lstatIfExists(place) !== undefined) return;
    if (isDirectory) makeDirectory(place);
    else writeFile(place, '');
  } finally {
    close(directory);
  }
}

function isThere(root: number, path: string): boolean {
  try {
    close(openInRoot(root, path, O.PATH));
    return true;
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    return false;
  }
}

/** The path in the container, without any symbolic link in it, of an open file of the view. */
export function pathInContainer(fd: number): string {
  return readLink(`${OWN_FILES}/${fd}`).slice(VIEW_ROOT.length) || '/';
}
