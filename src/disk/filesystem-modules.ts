import { KernelModules } from '../linux/module.ts';

/** What mounting takes, where it is not one module of the filesystem's name. vfat needs to know its names' letters. */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  ext2: ['ext4'],
  ext3: ['ext4'],
  iso9660: ['isofs'],
  vfat: ['vfat', 'nls_cp437', 'nls_ascii', 'nls_iso8859-1', 'nls_utf8'],
};

/** What may be on a disk whose filesystem is not named. */
const USUAL: readonly string[] = ['ext4', 'vfat', 'iso9660'];

/** Loads what the kernel needs to mount a filesystem. Throws an Error if it has no such module. */
export function loadFilesystem(type: string): void {
  const modules = new KernelModules();
  for (const module of MODULES[type] ?? [type]) modules.load(module);
}

/** The same for somebody who names any filesystem, or none. What is missing is told by the mount that fails. */
export function loadFilesystemIfThere(type: string): void {
  const modules = new KernelModules();
  for (const each of type === '' || type === 'auto' ? USUAL : [type]) {
    for (const module of MODULES[each] ?? modules.named(`fs-${each}`)) {
      try {
        modules.load(module);
      } catch {}
    }
  }
}
