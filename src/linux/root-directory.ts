/** Which filesystem a process sees as `/`: statfs(2), chroot(2), mount(2). */
import { moveMount } from './mount.ts';
import { call, callOnPath } from './syscall.ts';

const STATFS_SIZE = 120;
const TMPFS_MAGIC = 0x01021994;
const RAMFS_MAGIC = 0x858458f6;

/** Whether `/` lies in memory, as the first root filesystem of a kernel with an initrd does. */
export function isRootInMemory(): boolean {
  const buffer = new Uint8Array(STATFS_SIZE);
  callOnPath('/', 'statfs', '/', buffer);
  const type = new DataView(buffer.buffer).getUint32(0, true);
  return type === TMPFS_MAGIC || type === RAMFS_MAGIC;
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
