/** `docker import`: a tar of a root filesystem becomes an image of one layer. */
import { applyChanges } from '../../oci/config-change.ts';
import type { WantedPlatform } from '../../oci/platform.ts';
import { feedWorker } from '../worker-pipes.ts';
import { decompress } from './decompress.ts';
import type { Image } from './image.ts';
import type { ImageStore } from './image-store.ts';
import { addImage } from './new-image.ts';
import { makeLayer, type NewLayer } from './new-layer.ts';

/**
 * @param readBody gives the archive, which may be compressed, piece by piece, null at its end
 * @param changes instructions of a Dockerfile
 * @param platform what the image is for, if not for this machine
 * @throws DockerfileError for a wrong change, FormatError for an archive that is none or is damaged
 */
export async function importImage(
  store: ImageStore,
  readBody: () => Promise<Uint8Array | null>,
  comment: string,
  changes: readonly string[],
  platform?: WantedPlatform,
): Promise<Image> {
  const config = applyChanges({}, changes);
  const staging = store.scratch.create();
  try {
    const layer = await feedWorker('docker-import', readBody, (input) => layerOfArchive(staging, input));
    return await addImage(store, {
      staging,
      parent: undefined,
      layer,
      config,
      comment,
      createdBy: '',
      platform,
    });
  } finally {
    store.scratch.discard(staging);
  }
}

/** The worker. */
function layerOfArchive(staging: string, input: number): NewLayer {
  return makeLayer(staging, (write) => decompress(input, write));
}
