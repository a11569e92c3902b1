/** How much containers and volumes take. One worker measures all, for trees may be large. */
import { startWorker } from '../../linux/worker.ts';
import type { Container } from '../containers/container.ts';
import { upperDirectory } from '../containers/root-filesystem.ts';
import type { Engine } from '../engine.ts';
import { treeSize } from '../volumes/tree-size.ts';

/** Bytes in everything below each path; 0 where nothing is. */
export async function measureTrees(paths: readonly string[]): Promise<number[]> {
  if (paths.length === 0) return [];
  return await startWorker({ name: 'disk-usage' }, () => paths.map((path) => treeSize(path))).result;
}

export interface ContainerSize {
  /** Bytes that the container has written. */
  readonly own: number;
  /** And those of its image. */
  readonly total: number;
}

/** The sizes of containers, by id. */
export async function containerSizes(
  engine: Engine,
  containers: readonly Container[],
): Promise<ReadonlyMap<string, ContainerSize>> {
  const own = await measureTrees(containers.map((container) => upperDirectory(engine, container)));
  return new Map(
    containers.map(({ id, record }, index) => {
      const size = own[index] ?? 0;
      return [id, { own: size, total: size + (engine.images.find(record.imageId)?.size ?? 0) }];
    }),
  );
}
