/** Which filesystem a process sees as `/`: chroot(2), mount(2). */
import { FILESYSTEM, filesystemType } from './filesystem-type.ts';
import { moveMount } from './mount.ts';
import { call, callOnPath } from './syscall.ts';

/** Whether `/` lies in memory, as the first root filesystem of a kernel with an initrd does. */
export function isRootInMemory(): boolean {
  const type = filesystemType('/');
  return type === FILESYSTEM.tmpfs || type === FILESYSTEM.ramfs;
}

/**
 * Puts a mounted filesystem in the place of `/` for this process and its descendants. The old one stays below it, out
 * of reach; the kernel's first root filesystem cannot be unmounted (its Documentation/filesystems/ramfs-rootfs-initramfs.rst).
 */
export function switchRoot(newRoot: string): void {
  callOnPath(newRoot, 'chdir', newRoot);
  moveMount('.', '/');
  call('chroot', '.');
  call('chdir', '/');
}
