/** The root filesystem: system.squashfs, read-only, with places to write to that lie in memory or on a disk. */
import {
  changeMode,
  exists,
  isDirectory,
  makeDirectories,
  makeLink,
  readDirectory,
  readFile,
  readLink,
  writeFile,
} from '../linux/file.ts';
import { lstat } from '../linux/file-status.ts';
import { KernelModules } from '../linux/module.ts';
import { bindMount, MS, mount, moveMount, setPropagation, unmount } from '../linux/mount.ts';
import { mountOverlay } from '../linux/overlay.ts';
import { switchRoot } from '../linux/root-directory.ts';

/** Where runtime/first-init.c mounts system.squashfs, which then becomes `/`. */
export const NEW_ROOT = '/newroot';

/** What containers are mounted with. */
const CONTAINER_MODULE = 'overlay';

/** Where the one filesystem that everything is written to is mounted, until its folders are. */
export const STATE = '/run/state';

/** Folders of the root filesystem that can be written to, and their permissions. */
const WRITABLE = {
  etc: 0o755,
  home: 0o755,
  media: 0o755,
  mnt: 0o755,
  opt: 0o755,
  root: 0o700,
  tmp: 0o1777,
  var: 0o755,
} as const;

/** What is made in them. */
const FOLDERS = {
  'var/cache': 0o755,
  'var/lib': 0o755,
  'var/lib/rancher': 0o755,
  'var/lib/rancher/conf': 0o700,
  'var/log': 0o755,
  'var/spool': 0o755,
  'var/tmp': 0o1777,
} as const;

/** Kernel filesystems that are mounted in the initramfs and go on in the new root. */
const KERNEL_FILESYSTEMS = ['/dev', '/proc', '/sys', '/run'];

/** Begins with what System Docker takes. */
export function beginLoadingModules(): void {
  new KernelModules().loadInBackground(CONTAINER_MODULE);
}

/** Waits for what was begun. If that failed, this is another try. */
export function finishLoadingModules(): void {
  new KernelModules().load(CONTAINER_MODULE);
}

/** Makes NEW_ROOT the root directory. */
export function enterNewRoot(): void {
  for (const path of KERNEL_FILESYSTEMS) moveMount(path, `${NEW_ROOT}${path}`);
  switchRoot(NEW_ROOT);
}

/**
 * Mounts the writable folders, which are folders of one filesystem, so that none of them is full while another has room.
 * @param state folder of a disk's filesystem, mounted; undefined for memory
 */
export function mountWritableFolders(state: string | undefined): void {
  if (state === undefined) mountFolders(mountMemory(STATE), ALL_FOLDERS);
  else mountDiskFolders(state);
  // Whatever is mounted of it stays.
  unmount(STATE);
  // Mounts made in /mnt and /media by a container with a shared volume reach the other containers.
  setPropagation('/', 'shared', { recursive: true });
}

const ALL_FOLDERS = Object.keys(WRITABLE);

function mountMemory(target: string): string {
  makeDirectories(target);
  mount('tmpfs', target, 'tmpfs', MS.NOSUID | MS.NODEV, 'mode=755,size=50%');
  makeFolders(target, WRITABLE);
  makeFolders(target, FOLDERS);
  copyTree('/etc', `${target}/etc`);
  makeLink('../run', `${target}/var/run`);
  return target;
}

function mountFolders(state: string, folders: readonly string[]): void {
  for (const folder of folders) bindMount(`${state}/${folder}`, `/${folder}`);
}

/**
 * /etc is an overlay: what nobody has changed is the OS's own, of the version that runs. /tmp is memory, so that it is
 * empty after a boot, whatever way the last one ended.
 */
function mountDiskFolders(state: string): void {
  makeFolders(state, WRITABLE);
  makeFolders(state, FOLDERS);
  if (!exists(`${state}/var/run`)) makeLink('../run', `${state}/var/run`);
  const work = `${state}/.etc-work`;
  makeDirectories(work);
  finishLoadingModules();
  mountOverlay({ lower: ['/etc'], upper: `${state}/etc`, work }, '/etc');
  mount('tmpfs', '/tmp', 'tmpfs', MS.NOSUID | MS.NODEV, 'mode=1777,size=50%');
  mountFolders(
    state,
    ALL_FOLDERS.filter((folder) => folder !== 'etc' && folder !== 'tmp'),
  );
}

/** Makes the folders that are missing. On a disk the others are a person's own, with what permissions they have. */
function makeFolders(state: string, folders: Readonly<Record<string, number>>): void {
  for (const [folder, mode] of Object.entries(folders)) {
    const path = `${state}/${folder}`;
    if (isDirectory(path)) continue;
    makeDirectories(path);
    // Not left to mkdir, whose mode goes through the umask.
    changeMode(path, mode);
  }
}

/** Copies folders, files and links; what is copied belongs to root. */
function copyTree(from: string, to: string): void {
  for (const name of readDirectory(from)) {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    const { type, mode } = lstat(source);
    if (type === 'directory') {
      makeDirectories(target, mode);
      copyTree(source, target);
    } else if (type === 'link') {
      makeLink(readLink(source), target);
    } else {
      writeFile(target, readFile(source), mode);
    }
  }
}
