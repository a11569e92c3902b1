/** Disks with partitions, made on the host by the tools that people have. */
import { execFileSync } from 'node:child_process';
import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { unpackedPackages } from './debian-packages.ts';

const MIB = 1024 * 1024;

export interface NewPartition {
  readonly name: string;
  /** In MiB. */
  readonly size: number;
  /** The file with its content; absent: zeros. */
  readonly content?: string;
}

/** Runs Debian's sfdisk(8), which may be missing on the host. */
export async function sfdisk(args: readonly string[], input = ''): Promise<string> {
  const root = await unpackedPackages(
    ...(['fdisk', 'libfdisk1', 'libsmartcols1', 'libreadline8t64'] as const),
    ...(['libtinfo6', 'libblkid1', 'libuuid1', 'libc6'] as const),
  );
  const libraries = `${root}/usr/lib/x86_64-linux-gnu`;
  return execFileSync(
    `${libraries}/ld-linux-x86-64.so.2`,
    ['--library-path', libraries, `${root}/usr/sbin/sfdisk`, ...args],
    { input, encoding: 'utf8' },
  );
}

/**
 * Makes a disk with partitions one behind the other, the first at 1 MiB.
 * @param size of the disk, in MiB
 */
export async function makePartitionedDisk(
  file: string,
  label: 'dos' | 'gpt',
  size: number,
  partitions: readonly NewPartition[],
): Promise<void> {
  await writeFile(file, '');
  await truncate(file, size * MIB);
  const name = (partition: NewPartition) => (label === 'gpt' ? `, name=${partition.name}` : '');
  const lines = partitions.map((partition) => `size=${partition.size}MiB${name(partition)}`);
  await sfdisk(['--quiet', file], `label: ${label}\n${lines.join('\n')}\n`);
  const disk = await open(file, 'r+');
  try {
    let start = 1;
    for (const partition of partitions) {
      const content = partition.content && (await readFile(partition.content));
      if (content) await disk.write(content, 0, content.length, start * MIB);
      start += partition.size;
    }
  } finally {
    await disk.close();
  }
}
