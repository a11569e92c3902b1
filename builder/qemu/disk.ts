import { open, truncate } from 'node:fs/promises';
import type { Disk } from './machine.ts';

/** The first bytes of a qcow2 file: QEMU's docs/interop/qcow2.txt. */
const qcow2Magic = '514649fb';

/**
 * Makes a blank disk, which takes room as it is written to, unless the file is there.
 * @param size in MiB
 */
export async function makeDiskIfMissing(file: string, size: number): Promise<void> {
  try {
    await (await open(file, 'wx')).close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    throw new Error(`--disk ${file}: cannot be made (${code})`);
  }
  await truncate(file, size * 1024 * 1024);
}

/** A file as a disk. The format is found here because QEMU, if left to guess, refuses writes to a raw disk's first sector. */
export async function diskFrom(file: string): Promise<Disk> {
  const handle = await open(file, 'r+').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`--disk ${file}: cannot be opened (${error.code})`);
  });
  try {
    const start = Buffer.alloc(4);
    await handle.read(start, 0, 4, 0);
    return { file, format: start.toString('hex') === qcow2Magic ? 'qcow2' : 'raw' };
  } finally {
    await handle.close();
  }
}
