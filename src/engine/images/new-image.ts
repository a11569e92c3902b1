/** Adding an image to the store: a configuration, and at most one layer more than its parent has. */

import { encodeUtf8 } from '../../linux/bytes.ts';
import { timestamp } from '../../linux/clock.ts';
import { makeDirectories, writeFileAtomic } from '../../linux/file.ts';
import type { ContainerConfig } from '../../oci/container-config.ts';
import { digestHex, digestOf } from '../../oci/digest.ts';
import { EMPTY_LAYER, newImageConfig } from '../../oci/new-image-config.ts';
import { hostPlatform, type WantedPlatform } from '../../oci/platform.ts';
import { EngineError } from '../errors.ts';
import { formatImageFile, type Image } from './image.ts';
import type { ImageStore } from './image-store.ts';
import type { NewLayer } from './new-layer.ts';
import { stageSystemLayers } from './system-layers.ts';

export interface NewImageOptions {
  /** A directory of the scratch, with the layer in `layers/`. */
  readonly staging: string;
  readonly parent: Image | undefined;
  readonly layer: NewLayer | undefined;
  readonly config: ContainerConfig;
  readonly author?: string | undefined;
  readonly comment?: string | undefined;
  /** What it is for, if it has no parent and is not for this machine. */
  readonly platform?: WantedPlatform | undefined;
  /** For the history: what made the layer, or the change of the configuration. */
  readonly createdBy: string;
  /** What the build cache finds it by. */
  readonly buildStep?: string | undefined;
}

/** As many as Docker allows. */
const MAXIMUM_LAYERS = 125;

/** Makes the image durable and known. Throws EngineError 500 if it would have too many layers. */
export async function addImage(store: ImageStore, options: NewImageOptions): Promise<Image> {
  const { staging, parent, layer, buildStep } = options;
  const config = newImageConfig({
    ...options,
    parent: parent?.config,
    platform: options.platform ?? hostPlatform(host.architecture),
    created: timestamp(),
    diffId: layer?.diffId,
  });
  const added = layer === undefined || layer.diffId === EMPTY_LAYER ? [] : [layer];
  const layers = [...(parent?.layers ?? []), ...added.map(({ diffId }) => diffId)];
  if (layers.length > MAXIMUM_LAYERS) throw new EngineError(500, 'max depth exceeded');
  const layerSizes = [...(parent?.layerSizes ?? []), ...added.map(({ size }) => size)];
  const id = digestOf(encodeUtf8(config), host.sha256);
  const unpin = store.pinLayers(layers);
  try {
    if (parent !== undefined) await stageSystemLayers(store, parent, staging);
    makeDirectories(`${staging}/images`);
    writeFileAtomic(
      `${staging}/images/${digestHex(id)}.json`,
      formatImageFile({
        config,
        layers,
        layerSizes,
        ...(parent !== undefined && { parent: parent.id }),
        ...(buildStep !== undefined && { buildStep }),
      }),
    );
    store.adopt(staging, [{ id, layers, references: [] }]);
    return store.get(id);
  } finally {
    unpin();
  }
}
