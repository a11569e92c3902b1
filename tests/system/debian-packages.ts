import { rm } from 'node:fs/promises';
import { cached } from '../../builder/cache.ts';
import { downloadPackages, ensureLists, release } from '../../builder/debian/apt.ts';
import { run } from '../../builder/exec.ts';
import { step } from '../../builder/progress.ts';

/**
 * Unpacks packages of Debian without installing them: what tests use of others' programs, the same on every machine.
 * @param packages without what they depend on
 * @returns the directory that is their `/`
 */
export async function unpackedPackages(...packages: readonly [string, ...string[]]): Promise<string> {
  return await cached(packages[0], [release, ...packages], (into) =>
    step(`Fetching Debian's ${packages.join(', ')}`, async () => {
      await ensureLists(24);
      for (const file of await downloadPackages(packages, into)) {
        await run('dpkg-deb', ['-x', file, into]);
        await rm(file);
      }
    }),
  );
}
