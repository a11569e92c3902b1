import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './exec.ts';
import { megabytes, step } from './progress.ts';
import { writeTar } from './tree/tar.ts';
import { contentSize, type Tree } from './tree/tree.ts';

export const squashfsName = 'system.squashfs';

/** docs/building.md has the sizes and times that led here. */
const compression = ['-comp', 'zstd', '-Xcompression-level', '22', '-b', '256K'];

/** Every time stamp is fixed, that of the filesystem included; a tar has no entry for the top directory. */
const fixed = ['-mkfs-time', '0', '-all-time', '0', '-root-mode', '0755', '-root-uid', '0', '-root-gid', '0'];

/** Packs a tree into `system.squashfs` in a directory. Equal files are stored once. */
export async function packSquashfs(tree: Tree, into: string): Promise<void> {
  await step(`Packing ${megabytes(contentSize(tree))} into ${squashfsName}`, async () => {
    const tar = join(into, 'system.tar');
    await writeFile(tar, writeTar(tree));
    const options = ['-tar', '-noappend', '-no-xattrs', '-quiet', '-no-progress', ...compression, ...fixed];
    await run('mksquashfs', ['-', join(into, squashfsName), ...options], { input: { file: tar } });
    await rm(tar);
  });
}

/**
 * Adds the files of a directory to the top directory of a squashfs, in place, with root as their owner. That takes a tenth
 * of the time of packing everything.
 */
export async function appendToSquashfs(source: string, squashfs: string): Promise<void> {
  const times = ['-mkfs-time', '0', '-all-time', '0'];
  await run('mksquashfs', [
    source,
    squashfs,
    '-all-root',
    '-no-recovery',
    '-no-xattrs',
    '-quiet',
    '-no-progress',
    ...times,
  ]);
}
