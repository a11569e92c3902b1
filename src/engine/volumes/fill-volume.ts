/** Copy-up: an empty volume starts with what the image has at its place. */
import { isErrno } from '../../linux/errno.ts';
import { makeDirectory, readDirectory } from '../../linux/file.ts';
import { O, oDirectory, open } from '../../linux/file-descriptor.ts';
import { enterPrivateMountNamespace } from '../../linux/mount-namespace.ts';
import { openDirectoryInRoot, pathAt } from '../../linux/open-in-root.ts';
import type { mountOverlay } from '../../linux/overlay.ts';
import { startWorker } from '../../linux/worker.ts';
import { copyTree } from './copy-tree.ts';

interface Means {
  readonly scratch: string;
  readonly mountLayers: typeof mountOverlay;
}

/**
 * Copies by a worker, which puts the layers together in a mount namespace of its own. Nothing happens if the image has
 * no directory there, or the volume is not empty.
 * @param volume the directory of the volume's data
 * @param layers directories of the image's layers, the uppermost first
 * @param path of the directory in the image
 * @param means.scratch an empty directory
 * @param means.mountLayers puts the layers together
 */
export async function fillVolume(
  volume: string,
  layers: readonly string[],
  path: string,
  means: Means,
): Promise<void> {
  const worker = startWorker({ name: 'volume-copy-up' }, () => {
    const source = openImageDirectory(layers, path, means);
    const target = open(volume, O.RDONLY | oDirectory());
    if (source !== undefined && readDirectory(pathAt(target, '.')).length === 0) copyTree(source, target);
  });
  await worker.result;
}

function openImageDirectory(
  layers: readonly string[],
  path: string,
  { scratch, mountLayers }: Means,
): number | undefined {
  enterPrivateMountNamespace();
  const upper = `${scratch}/upper`;
  const work = `${scratch}/work`;
  const root = `${scratch}/root`;
  for (const directory of [upper, work, root]) makeDirectory(directory);
  mountLayers({ lower: layers, upper, work }, root);
  try {
    return openDirectoryInRoot(open(root, O.PATH | oDirectory()), path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
