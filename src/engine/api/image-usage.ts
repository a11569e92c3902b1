/** What images have in common, and who uses them. */
import type { Digest } from '../../oci/digest.ts';
import type { Engine } from '../engine.ts';
import type { Image } from '../images/image.ts';

/** Computed once for a list of images; sizes are in bytes. */
export function imageUsage({ images, containers }: Pick<Engine, 'images' | 'containers'>) {
  const layers = layerUses(images.list());
  const users = new Map<Digest, number>();
  for (const { record } of containers.all()) {
    users.set(record.imageId, (users.get(record.imageId) ?? 0) + 1);
  }
  return {
    /** All layers, each counted once. */
    layersSize: [...layers.values()].reduce((sum, { size }) => sum + size, 0),
    /** The layers of an image that others have, too. */
    sharedSizeOf(image: Image): number {
      const shared = new Set(image.layers.filter((diffId) => (layers.get(diffId)?.images ?? 0) > 1));
      return [...shared].reduce((sum, diffId) => sum + (layers.get(diffId)?.size ?? 0), 0);
    },
    /** How many containers an image has, running or not. */
    containersOf: (image: Image): number => users.get(image.id) ?? 0,
  };
}

/** For each layer its size and how many images have it. */
function layerUses(images: readonly Image[]): Map<Digest, { size: number; images: number }> {
  const uses = new Map<Digest, { size: number; images: number }>();
  for (const { layers, layerSizes } of images) {
    layers.forEach((diffId, index) => {
      const count = uses.get(diffId)?.images ?? 0;
      uses.set(diffId, { size: layerSizes[index] ?? 0, images: count + 1 });
    });
  }
  return uses;
}
