import { run } from '../exec.ts';
import { readTar } from '../tree/tar.ts';
import type { Tree } from '../tree/tree.ts';

/** The files of a `.deb`. */
export async function unpackPackage(deb: string): Promise<Tree> {
  return readTar(await run('dpkg-deb', ['--fsys-tarfile', deb]));
}
