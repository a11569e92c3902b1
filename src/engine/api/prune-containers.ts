/** `docker container prune`. */
import { removeByRequest } from '../containers/remove.ts';
import type { Engine } from '../engine.ts';
import { EngineError } from '../errors.ts';
import type { Filters } from './filters.ts';

/** Removes all containers that do not run and match the filters. */
export async function pruneContainers(
  engine: Engine,
  filters: Filters,
): Promise<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }> {
  filters.accept(['label']);
  const deleted: string[] = [];
  for (const container of engine.containers.all()) {
    if (container.isRunning || !filters.matchesLabels(container.record.config.Labels ?? {})) continue;
    try {
      await removeByRequest(engine, container, { force: false, removeVolumes: false });
      deleted.push(container.id);
    } catch (error) {
      // Somebody has started or removed it meanwhile.
      if (!(error instanceof EngineError)) throw error;
    }
  }
  return { ContainersDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: 0 };
}
