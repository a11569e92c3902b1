/** `POST /build`, `POST /build/prune`, and the requests of BuildKit's clients. */
import type { Route } from '../../http/router.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter, notImplemented, withPrefix } from '../errors.ts';
import { type Filters, parseFilters } from './filters.ts';
import { pastTime } from './past-time.ts';

/** Those that BuildKit has for its cache. */
const PRUNE_FILTERS = 'description id inuse label label! parent private shared type until'.split(' ');

/** All routes about building. */
export function buildRoutes(engine: Engine): Route[] {
  const refuse = async () => {
    throw notImplemented(
      'BuildKit is not supported by this engine: use the classic builder (DOCKER_BUILDKIT=0)',
    );
  };
  return [
    {
      method: 'POST',
      template: '/build',
      // The builder takes memory only where something is built.
      handler: async (context) => (await import('./serve-build.ts')).serveBuild(engine, context),
    },
    {
      method: 'POST',
      template: '/build/prune',
      handler: async ({ query, response }) => {
        const filters = parseFilters(query);
        withPrefix('failed to prune build cache', () => checkPruneFilters(filters));
        // The steps of the classic builder are images, which `docker image prune` removes.
        await response.json({ CachesDeleted: null, SpaceReclaimed: 0 });
      },
    },
    { method: 'POST', template: '/build/cancel', handler: refuse },
    { method: 'POST', template: '/grpc', handler: refuse },
    { method: 'POST', template: '/session', handler: refuse },
  ];
}

function checkPruneFilters(filters: Filters): void {
  filters.accept(PRUNE_FILTERS);
  if (filters.values('until').length > 1) throw invalidParameter('filters expect only one value');
  withPrefix(`"until" filter expects a duration (e.g., '24h') or a timestamp`, () =>
    filters.values('until').map(pastTime),
  );
}
