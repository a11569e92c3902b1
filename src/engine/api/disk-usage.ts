/** `docker system df`: `GET /system/df` (Engine API 1.51, SystemDataUsageResponse). */
import type { RouteContext } from '../../http/router.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { containerSizes, measureTrees } from '../files/disk-usage.ts';
import { linkedNames } from '../networks/links.ts';
import { imageSummary } from './image-answers.ts';
import { imageUsage } from './image-usage.ts';
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
    ...(wants('image') && { LayersSize: imageUsage(engine).layersSize }),
    Images: wants('image') ? imageAnswers(engine, version) : null,
    Containers: wants('container') ? await containerUsage(engine) : null,
    Volumes: wants('volume') ? await volumeUsage(engine) : null,
    BuildCache: wants('build-cache') ? [] : null,
  });
}

function imageAnswers(engine: Engine, version: string | undefined) {
  const usage = imageUsage(engine);
  return engine.images.list().map((image) => {
    const { references, digestReferences } = image;
    return {
      ...imageSummary({ image, references, digestReferences }, version),
      Containers: usage.containersOf(image),
      SharedSize: usage.sharedSizeOf(image),
    };
  });
}

async function containerUsage(engine: Engine) {
  const containers = engine.containers.all();
  const sizes = await containerSizes(engine, containers);
  const links = linkedNames(engine.containers);
  return containers.map((container) =>
    containerSummary(engine, container, links.get(container.id), sizes.get(container.id)),
  );
}

async function volumeUsage(engine: Engine) {
  const volumes = engine.volumes.list();
  const sizes = await measureTrees(volumes.map(({ mountpoint }) => mountpoint));
  return volumes.map((volume, index) => ({
    ...volumeAnswer(volume),
    UsageData: { RefCount: volumeUsers(engine, volume.name).length, Size: sizes[index] ?? 0 },
  }));
}
