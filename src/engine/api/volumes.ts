/** `/volumes/…` of the Engine API. */
import * as v from 'valibot';
import { queryFlag } from '../../http/query.ts';
import type { Route } from '../../http/router.ts';
import { checkValue, stringMap } from '../../oci/json.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter, withPrefix } from '../errors.ts';
import { ANONYMOUS_LABEL, type Volume } from '../volumes/volume-store.ts';
import { type Filters, parseFilters } from './filters.ts';
import { readJsonBody } from './json-body.ts';
import { pruneTurns } from './prune-turn.ts';
import { isOlderThan } from './version.ts';

/** What the routes need of the engine. */
type VolumeEngine = Pick<Engine, 'containers' | 'events' | 'volumes'>;

const createRequest = v.object({
  Name: v.nullish(v.string()),
  Driver: v.nullish(v.string()),
  DriverOpts: v.nullish(stringMap),
  Labels: v.nullish(stringMap),
});

/** All routes about volumes. */
export function volumeRoutes(engine: VolumeEngine): Route[] {
  const { volumes } = engine;
  const inTurn = pruneTurns();
  return [
    {
      method: 'GET',
      template: '/volumes',
      handler: async ({ query, response }) => {
        const filters = withPrefix('error reading volume filters', () => parseFilters(query));
        await response.json({
          Volumes: selectVolumes(engine, filters).map(volumeAnswer),
          Warnings: null,
        });
      },
    },
    {
      method: 'POST',
      template: '/volumes/create',
      handler: async ({ request, response }) => {
        const wanted = checkValue(createRequest, await readJsonBody(request), 'volume');
        const volume = volumes.create({
          name: wanted.Name ?? undefined,
          driver: wanted.Driver ?? undefined,
          options: wanted.DriverOpts,
          labels: wanted.Labels,
        });
        response.status = 201;
        await response.json(volumeAnswer(volume));
      },
    },
    {
      method: 'GET',
      template: '/volumes/{name}',
      handler: ({ params, response }) => response.json(volumeAnswer(volumes.get(params['name'] ?? ''))),
    },
    {
      method: 'DELETE',
      template: '/volumes/{name}',
      handler: async ({ params, query, response }) => {
        const name = params['name'] ?? '';
        const isForced = queryFlag(query, 'force');
        if (!isForced || volumes.find(name) !== undefined) volumes.remove(name, volumeUsers(engine, name));
        response.status = 204;
        await response.end();
      },
    },
    {
      method: 'POST',
      template: '/volumes/prune',
      handler: async ({ query, response, version }) => {
        const filters = parseFilters(query);
        const takesNamed = allFlag(filters) ?? isOlderThan(version, '1.42');
        await response.json(await inTurn(() => prune(engine, filters, takesNamed)));
      },
    },
  ];
}

/** A volume in the words of the API. */
export function volumeAnswer({ name, driver, mountpoint, created, labels, hasLabels, options }: Volume) {
  return {
    CreatedAt: `${created.slice(0, 'YYYY-MM-DDThh:mm:ss'.length)}Z`,
    Driver: driver,
    Labels: hasLabels ? labels : null,
    Mountpoint: mountpoint,
    Name: name,
    Options: Object.keys(options).length === 0 ? null : options,
    Scope: 'local',
  };
}

function selectVolumes(engine: VolumeEngine, filters: Filters): Volume[] {
  filters.accept(['dangling', 'driver', 'label', 'name']);
  const isDangling = filters.flag('dangling');
  return engine.volumes
    .list()
    .filter(
      ({ name, driver, labels }) =>
        filters.matchesPattern('name', name) &&
        filters.matches('driver', (wanted) => wanted === driver) &&
        filters.matchesLabels(labels) &&
        (isDangling === undefined || isDangling === (volumeUsers(engine, name).length === 0)),
    );
}

/** The filter `all`, whose mistakes have other words than those of other filters. */
function allFlag(filters: Filters): boolean | undefined {
  const [value, ...others] = filters.values('all');
  if (others.length > 0) {
    const values = filters.values('all').toSorted().join(' ');
    throw invalidParameter(`invalid filter 'all=[${values}]': only one value is expected`);
  }
  if (value === undefined) return undefined;
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw invalidParameter(`invalid filter 'all': strconv.ParseBool: parsing "${value}": invalid syntax`);
}

/** Removes the volumes that no container has: those without a name, or all. */
async function prune(engine: VolumeEngine, filters: Filters, takesNamed: boolean) {
  filters.accept(['all', 'label', 'label!']);
  const { events, volumes } = engine;
  const deleted: string[] = [];
  let reclaimed = 0;
  for (const volume of volumes.list()) {
    const { labels, name } = volume;
    const isWanted = (takesNamed || labels[ANONYMOUS_LABEL] !== undefined) && filters.matchesLabels(labels);
    if (!isWanted || volumeUsers(engine, name).length > 0) continue;
    const size = await volumes.measure(volume);
    // Meanwhile somebody may have removed it, or begun to use it.
    if (volumes.find(name) !== volume || volumeUsers(engine, name).length > 0) continue;
    volumes.remove(name);
    deleted.push(name);
    reclaimed += size;
  }
  events.publish('volume', 'prune', '', { reclaimed: String(reclaimed) });
  return { VolumesDeleted: deleted, SpaceReclaimed: reclaimed };
}

/** The ids of the containers that have a volume, running or not. */
export function volumeUsers({ containers }: VolumeEngine, name: string): string[] {
  return containers
    .all()
    .filter(({ record }) => record.mounts.some((mount) => mount.Type === 'volume' && mount.Name === name))
    .map(({ id }) => id);
}
