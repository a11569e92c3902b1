/** `docker container prune`. */
import { removeByRequest } from '../containers/remove.ts';
import type { Engine } from '../engine.ts';
import { EngineError } from '../errors.ts';
import { containerSizes } from '../files/disk-usage.ts';
import type { Filters } from './filters.ts';
import { pastTime } from './past-time.ts';

/** Removes all containers that do not run and match the filters. */
export async function pruneContainers(
  engine: Engine,
  filters: Filters,
): Promise<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }> {
  filters.accept(['label', 'label!', 'until']);
  filters.takeOne('until');
  const until = filters.values('until').map(pastTime);
  const candidates = engine.containers
    .all()
    .filter(
      ({ isRunning, record }) =>
        !isRunning &&
        filters.matchesLabels(record.config.Labels ?? {}) &&
        until.every((time) => Date.parse(record.created) / 1000 < time),
    );
  const sizes = await containerSizes(engine, candidates);
  const deleted: string[] = [];
  let reclaimed = 0;
  for (const container of candidates) {
    if (container.isRunning) continue;
    try {
      await removeByRequest(engine, container, { force: false, removeVolumes: false });
      deleted.push(container.id);
      reclaimed += sizes.get(container.id)?.own ?? 0;
    } catch (error) {
      // Somebody has started or removed it meanwhile.
      if (!(error instanceof EngineError)) throw error;
    }
  }
  engine.events.publish('container', 'prune', '', { reclaimed: String(reclaimed) });
  return { ContainersDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: reclaimed };
}
