import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, digestOf, sourcesOf } from './cache.ts';
import { run } from './exec.ts';
import { megabytes, step } from './progress.ts';
import { writeTar } from './tree/tar.ts';
import { contentSize, type Tree } from './tree/tree.ts';

/** Compression of system.squashfs; docs/building.md has the sizes that led here. */
const compression = ['-comp', 'zstd', '-Xcompression-level', '22', '-b', '256K'];

/** Packs a tree into a squashfs and returns its path. Equal files are stored once. */
export async function makeSquashfs(tree: Tree): Promise<string> {
  const tar = writeTar(tree);
  const result = await cached('squashfs', [digestOf([tar]), ...(await sourcesOf(import.meta.url))], (into) =>
    step(`Packing ${megabytes(contentSize(tree))} into system.squashfs`, async () => {
      const tarFile = join(into, 'system.tar');
      await writeFile(tarFile, tar);
      await run(
        'mksquashfs',
        [
          '-',
          join(into, 'system.squashfs'),
          '-tar',
          '-noappend',
          '-quiet',
          '-no-progress',
          '-no-xattrs',
          ...compression,
          // Every time stamp, that of the filesystem included, is fixed, and the top directory is nobody's in a tar.
          '-mkfs-time',
          '0',
          '-all-time',
          '0',
          '-root-mode',
          '0755',
          '-root-uid',
          '0',
          '-root-gid',
          '0',
        ],
        { input: { file: tarFile } },
      );
      await run('rm', [tarFile]);
    }),
  );
  return join(result, 'system.squashfs');
}
