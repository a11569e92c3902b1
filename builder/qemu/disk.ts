import { open } from 'node:fs/promises';
import type { Disk } from './machine.ts';

/** The first bytes of a qcow2 file: QEMU's docs/interop/qcow2.txt. */
const qcow2Magic = '514649fb';

/** A file as a disk. The format is found here because QEMU, if left to guess, refuses writes to a raw disk's first sector. */
export async function diskFrom(file: string): Promise<Disk> {
  const handle = await open(file, 'r+').catch((error: NodeJS.ErrnoException) => {
    const hint = error.code === 'ENOENT' ? `; make it with: truncate -s 4G ${file}` : '';
    throw new Error(`--disk ${file}: cannot be opened (${error.code})${hint}`);
  });
  try {
    const start = Buffer.alloc(4);
    await handle.read(start, 0, 4, 0);
    return { file, format: start.toString('hex') === qcow2Magic ? 'qcow2' : 'raw' };
  } finally {
    await handle.close();
  }
}
