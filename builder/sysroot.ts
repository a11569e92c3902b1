import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, sourcesOf } from './cache.ts';
import { fetchPackages } from './debian/packages.ts';
import { run } from './exec.ts';
import { step } from './progress.ts';

/** What our programs are linked with: QuickJS, glibc and the static libraries of the C host; OpenSSL for the TLS client. */
export const sysrootPackages: readonly string[] = [
  'libquickjs',
  'libc6',
  'libc6-dev',
  'linux-libc-dev',
  'zlib1g-dev',
  'libzstd-dev',
  'libssl-dev',
  'libssl3t64',
  'libzstd1',
  'zlib1g',
];

/** Unpacks the packages above; returns the directory for `gcc --sysroot`. */
export async function prepareSysroot(): Promise<string> {
  const packages = await fetchPackages(sysrootPackages);
  const inputs = [...packages.map(({ sha256 }) => sha256), ...(await sourcesOf(import.meta.url))];
  return await cached('sysroot', inputs, (directory) =>
    step('Unpacking the sysroot', async () => {
      for (const { file } of packages) await run('dpkg-deb', ['-x', file, directory]);
      // Where libc.so, a linker script, looks for what it names; in Debian the package usr-is-merged makes these.
      for (const name of ['lib', 'lib64']) await symlink(`usr/${name}`, join(directory, name));
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
