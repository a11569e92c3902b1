import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, digestOf, sourcesOf } from './cache.ts';
import type { Kernel } from './kernel.ts';
import { step } from './progress.ts';
import { writeCpio } from './tree/cpio.ts';
import { directory, file, put, type Tree } from './tree/tree.ts';
import { compressZstd } from './zstd.ts';

/**
 * Makes the initrd, which the kernel unpacks into its first root filesystem: two cpio archives, one after the other.
 * system.squashfs is compressed already and comes as it is; /init and the modules that it loads are compressed.
 * @param init file that becomes /init
 * @param squashfs file that becomes /system.squashfs
 * @returns the path of the initrd
 */
export async function makeInitrd(init: string, kernel: Kernel, squashfs: string): Promise<string> {
  const system: Tree = new Map();
  put(system, 'system.squashfs', file(await readFile(squashfs)));
  const small = writeCpio(await initTree(init, kernel));
  const large = writeCpio(system);
  const inputs = [digestOf([small, large]), ...(await sourcesOf(import.meta.url))];
  const result = await cached('initrd', inputs, (into) =>
    step('Making the initrd', async () => {
      await writeFile(join(into, 'initrd'), Buffer.concat([large, await compressZstd(small)]));
    }),
  );
  return join(result, 'initrd');
}

/** What /init finds before it has mounted anything. */
async function initTree(init: string, kernel: Kernel): Promise<Tree> {
  const tree: Tree = new Map();
  put(tree, 'init', file(await readFile(init), 0o755));
  for (const [path, node] of kernel.earlyModules) put(tree, path, node);
  for (const name of ['proc', 'sys', 'run']) put(tree, name, directory());
  // The kernel opens it for the standard streams of process 1.
  put(tree, 'dev/console', { type: 'character device', mode: 0o600, uid: 0, gid: 0, major: 5, minor: 1 });
  return tree;
}
