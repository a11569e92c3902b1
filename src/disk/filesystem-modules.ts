import { KernelModules } from '../linux/module.ts';

/** What mounting takes, where it is not one module of the filesystem's name. vfat needs to know its names' letters. */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  ext2: ['ext4'],
  ext3: ['ext4'],
  iso9660: ['isofs'],
  vfat: ['vfat', 'nls_cp437', 'nls_ascii', 'nls_iso8859-1', 'nls_utf8'],
};

/** Loads what the kernel needs to mount a filesystem. Throws an Error if it has no such module. */
export function loadFilesystem(type: string): void {
  const modules = new KernelModules();
  for (const module of MODULES[type] ?? [type]) modules.load(module);
}
