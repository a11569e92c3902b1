import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cached, sourcesOf } from '../../builder/cache.ts';
import { run } from '../../builder/exec.ts';
import { ensureHostTools } from '../../builder/host-tools.ts';
import { step } from '../../builder/progress.ts';

/** Where a machine has the tools mounted. */
export const toolsDirectory = '/run/paddock-tools';

/**
 * A medium with programs of this machine that the OS does not have, and what answers `guest-shell.ts`. They come with their
 * libraries and their dynamic linker.
 * @returns the file, a squashfs
 */
export async function guestTools(): Promise<string> {
  await ensureHostTools(['nft', 'squashfs']);
  const programs = { nft: '/usr/sbin/nft', node: process.execPath };
  const inputs = [process.version, ...(await sourcesOf(import.meta.url))];
  const result = await cached('guest-tools', inputs, (into) =>
    step('Packing tools for virtual machines', async () => {
      const tree = join(into, 'tree');
      for (const folder of ['bin', 'lib']) await mkdir(join(tree, folder), { recursive: true });
      for (const [name, path] of Object.entries(programs)) {
        const listing = (await run('ldd', [path])).toString();
        for (const [, library = ''] of listing.matchAll(/(\/\S+) \(0x/g))
          await copyFile(library, join(tree, 'lib', basename(library)));
        await copyFile(path, join(tree, 'bin', name));
        await writeScript(
          join(tree, name),
          `exec ${toolsDirectory}/lib/ld-linux-x86-64.so.2 --library-path ${toolsDirectory}/lib ${toolsDirectory}/bin/${name} "$@"`,
        );
      }
      await writeScript(join(tree, 'shell'), shellServer);
      // Quick to pack and to read: the medium is used on this machine only.
      const quickly = ['-comp', 'zstd', '-Xcompression-level', '1'];
      const options = [...quickly, '-all-root', '-quiet', '-no-progress'];
      await run('mksquashfs', [tree, join(into, 'tools.squashfs'), ...options]);
      await rm(tree, { recursive: true });
    }),
  );
  return join(result, 'tools.squashfs');
}

/**
 * One connection of `guest-shell.ts`: a line with a mode and the length of a script, then the script. A script with the mode
 * `stream` has the connection as its input and output; of others comes in the end what came of them.
 */
const shellServer = `
read -r mode length
script=$(head -c "$length")
run() { env -i PATH=/usr/sbin:/usr/bin HOME=/root sh -c "$script"; }
if [ "$mode" = stream ]; then
  run
  exit
fi
folder=$(mktemp -d /run/paddock-shell.XXXXXX)
run >"$folder/out" 2>"$folder/err" </dev/null
echo "$? $(stat -c %s "$folder/out") $(stat -c %s "$folder/err")"
cat "$folder/out" "$folder/err"
rm -r "$folder"
`;

async function writeScript(path: string, text: string): Promise<void> {
  await writeFile(path, `#!/usr/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
}
