/** Layers that only the operating system's store has, which an upgrade may replace. */
import { makeDirectories } from '../../linux/file.ts';
import { O, oDirectory, open, withFile } from '../../linux/file-descriptor.ts';
import { call } from '../../linux/syscall.ts';
import { startWorker } from '../../linux/worker.ts';
import { digestHex } from '../../oci/digest.ts';
import { copyTree } from '../volumes/copy-tree.ts';
import type { Image } from './image.ts';
import type { ImageStore } from './image-store.ts';

/** Copies those of an image to the staging directory, so that an image made from it has layers of its own only. */
export async function stageSystemLayers(store: ImageStore, image: Image, staging: string): Promise<void> {
  const present = store.layers.present();
  const missing = image.layers.filter((diffId) => !present.has(diffId));
  if (missing.length === 0) return;
  const worker = startWorker({ name: 'copy-layers' }, () => {
    for (const diffId of missing) {
      const target = `${staging}/layers/${digestHex(diffId)}`;
      makeDirectories(target);
      copyTree(
        open(store.layers.directory(diffId), O.RDONLY | oDirectory()),
        open(target, O.RDONLY | oDirectory()),
      );
    }
    withFile(staging, O.RDONLY | oDirectory(), (fd) => call('syncfs', fd));
  });
  await worker.result;
}
