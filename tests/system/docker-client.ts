import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../../builder/cache.ts';
import { downloadPackages, ensureLists, release } from '../../builder/debian/apt.ts';
import { run } from '../../builder/exec.ts';
import { step } from '../../builder/progress.ts';

/**
 * The stock `docker` command from Debian's package docker-cli: what a user of the OS has. One that the machine may have is
 * not taken, so that tests mean the same everywhere.
 * @returns the path of the program
 */
export async function dockerClient(): Promise<string> {
  const directory = await cached('docker-client', [release], (into) =>
    step("Fetching Debian's docker client", async () => {
      await ensureLists(24);
      for (const file of await downloadPackages(['docker-cli'], into)) {
        await run('dpkg-deb', ['-x', file, into]);
        await rm(file);
      }
    }),
  );
  return join(directory, 'usr/bin/docker');
}
