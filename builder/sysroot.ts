import { cached, sourcesOf } from './cache.ts';
import { fetchPackages } from './debian/packages.ts';
import { run } from './exec.ts';
import { step } from './progress.ts';

/** What our executable is linked with: QuickJS, glibc and the static libraries of the C host. */
export const sysrootPackages: readonly string[] = [
  'libquickjs',
  'libc6',
  'libc6-dev',
  'linux-libc-dev',
  'zlib1g-dev',
  'libzstd-dev',
  'libmd-dev',
];

/** Unpacks the packages above; returns the directory for `gcc --sysroot`. */
export async function prepareSysroot(): Promise<string> {
  const packages = await fetchPackages(sysrootPackages);
  const inputs = [...packages.map(({ sha256 }) => sha256), ...(await sourcesOf(import.meta.url))];
  return await cached('sysroot', inputs, (directory) =>
    step('Unpacking the sysroot', async () => {
      for (const { file } of packages) await run('dpkg-deb', ['-x', file, directory]);
    }),
  );
}

/**
 * Compiler and linker options for it. `--sysroot` alone is not enough: gcc goes on to prefer the libraries of the machine,
 * which lie in directories that it finds relative to its own.
 */
export function sysrootFlags(sysroot: string): string[] {
  const libraries = `${sysroot}/usr/lib/x86_64-linux-gnu`;
  return [`--sysroot=${sysroot}`, `-B${libraries}`, `-L${libraries}/quickjs`];
}
