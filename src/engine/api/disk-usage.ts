/** `docker system df`: `GET /system/df` (Engine API 1.51, SystemDataUsageResponse). */
import type { RouteContext } from '../../http/router.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { containerSizes, measureTrees } from '../files/disk-usage.ts';
import type { Image } from '../images/image.ts';
import { imageSummary } from './image-answers.ts';
import { containerSummary } from './list-containers.ts';
import { volumeAnswer, volumeUsers } from './volumes.ts';

const TYPES = ['container', 'image', 'volume', 'build-cache'];

/** Answers for the types that the request names, or for all. */
export async function serveDiskUsage(engine: Engine, context: RouteContext): Promise<void> {
  const { query, response, version } = context;
  const named = query.get('type') ?? [];
  for (const type of named) {
    if (!TYPES.includes(type)) throw invalidParameter(`unknown object type: ${type}`);
  }
  const wants = (type: string) => named.length === 0 || named.includes(type);
  await response.json({
    ...(wants('image') && { LayersSize: layersSize(engine.images.list()) }),
    Images: wants('image') ? imageUsage(engine, version) : null,
    Containers: wants('container') ? await containerUsage(engine) : null,
    Volumes: wants('volume') ? await volumeUsage(engine) : null,
    BuildCache: wants('build-cache') ? [] : null,
  });
}

/** Bytes of all layers, each counted once. */
function layersSize(images: readonly Image[]): number {
  return [...layerUses(images).values()].reduce((sum, { size }) => sum + size, 0);
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

function imageUsage(engine: Engine, version: string | undefined) {
  const images = engine.images.list();
  const uses = layerUses(images);
  const containers = engine.containers.all();
  return images.map((image) => {
    const { references, digestReferences } = image;
    const shared = new Set(image.layers.filter((diffId) => (uses.get(diffId)?.images ?? 0) > 1));
    return {
      ...imageSummary({ image, references, digestReferences }, version),
      Containers: containers.filter(({ record }) => record.imageId === image.id).length,
      SharedSize: [...shared].reduce((sum, diffId) => sum + (uses.get(diffId)?.size ?? 0), 0),
    };
  });
}

async function containerUsage(engine: Engine) {
  const containers = engine.containers.all();
  const sizes = await containerSizes(engine, containers);
  return containers.map((container) => containerSummary(engine, container, sizes.get(container.id)));
}

async function volumeUsage(engine: Engine) {
  const volumes = engine.volumes.list();
  const sizes = await measureTrees(volumes.map(({ mountpoint }) => mountpoint));
  return volumes.map((volume, index) => ({
    ...volumeAnswer(volume),
    UsageData: { RefCount: volumeUsers(engine, volume.name).length, Size: sizes[index] ?? 0 },
  }));
}
