/** `docker ps`: which containers, and a line about each (Engine API 1.51, ContainerSummary). */
import type { Container, ContainerState } from '../containers/container.ts';
import { NEVER } from '../containers/container.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { type ContainerSize, containerSizes } from '../files/disk-usage.ts';
import { durationText } from './duration-text.ts';
import type { Filters } from './filters.ts';
import { inspectNetworks } from './inspect-container.ts';

const STATUSES = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];
const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy'];
const FILTERS = [
  'id',
  'name',
  'label',
  'status',
  'exited',
  'ancestor',
  'before',
  'since',
  'volume',
  'network',
  'health',
  'is-task',
  'isolation',
  'publish',
  'expose',
];

export interface ListOptions {
  readonly all: boolean;
  readonly limit: number | undefined;
  /** Whether to measure them. */
  readonly size: boolean;
  readonly filters: Filters;
}

/** The containers that the options select, the newest first. */
export async function listContainers(
  engine: Engine,
  { all, limit, size, filters }: ListOptions,
): Promise<unknown[]> {
  filters.accept(FILTERS);
  const matches = containerFilter(engine, filters);
  const showsAll =
    all || (limit !== undefined && limit > 0) || filters.has('status') || filters.has('exited');
  const selected = engine.containers
    .all()
    .filter((container) => (showsAll || container.isRunning) && matches(container));
  const limited = limit !== undefined && limit > 0 ? selected.slice(0, limit) : selected;
  const sizes = size ? await containerSizes(engine, limited) : undefined;
  return limited.map((container) => containerSummary(engine, container, sizes?.get(container.id)));
}

/** Whether a container passes the filters. */
export function containerFilter(engine: Engine, filters: Filters): (container: Container) => boolean {
  for (const status of filters.values('status')) {
    if (!STATUSES.includes(status)) throw invalidParameter(`invalid filter 'status=${status}'`);
  }
  for (const health of filters.values('health')) {
    if (!HEALTHS.includes(health)) {
      throw invalidParameter(`invalid filter 'health=${health}': unrecognised filter value for health`);
    }
  }
  const before = filters.values('before').map((reference) => engine.containers.get(reference).record.created);
  const since = filters.values('since').map((reference) => engine.containers.get(reference).record.created);
  const ancestors = filters.values('ancestor').map((name) => engine.images.find(name)?.id);
  return ({ record }) =>
    filters.matches('id', (id) => record.id.startsWith(id)) &&
    filters.matches('name', (name) => nameMatches(record.name, name)) &&
    filters.matchesLabels(record.config.Labels ?? {}) &&
    filters.matches('status', (status) => record.state.status === status) &&
    filters.matches(
      'exited',
      (code) => record.state.status === 'exited' && record.state.exitCode === Number(code),
    ) &&
    filters.matches('volume', (volume) =>
      record.mounts.some((mount) => mount.Name === volume || mount.Destination === volume),
    ) &&
    filters.matches('network', (network) => record.hostConfig.NetworkMode === network) &&
    filters.matches('health', (health) => health === (record.state.health?.status ?? 'none')) &&
    filters.matches('is-task', (isTask) => isTask === 'false' || isTask === '0') &&
    filters.matches('publish', () => false) &&
    filters.matches('expose', (port) =>
      Object.keys(record.config.ExposedPorts ?? {}).some((key) => key.split('/')[0] === port.split('/')[0]),
    ) &&
    (ancestors.length === 0 || ancestors.includes(record.imageId)) &&
    before.every((created) => record.created < created) &&
    since.every((created) => record.created > created);
}

/** Docker takes the value for a regular expression, with or without the slash before the name. */
function nameMatches(name: string, pattern: string): boolean {
  try {
    const expression = new RegExp(pattern);
    return expression.test(`/${name}`) || expression.test(name);
  } catch {
    return name.includes(pattern);
  }
}

/** The line about a container; its sizes only if they were measured. */
export function containerSummary(engine: Engine, container: Container, size?: ContainerSize): unknown {
  const { record } = container;
  return {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: imageName(engine, container),
    ImageID: record.imageId,
    Command: record.command.map(quoted).join(' '),
    Created: Math.floor(Date.parse(record.created) / 1000),
    Ports: [],
    ...(size !== undefined && { ...(size.own > 0 && { SizeRw: size.own }), SizeRootFs: size.total }),
    Labels: record.config.Labels ?? {},
    State: record.state.status,
    Status: statusText(container),
    HostConfig: { NetworkMode: record.hostConfig.NetworkMode },
    NetworkSettings: { Networks: inspectNetworks(record.hostConfig)['Networks'] },
    Mounts: record.mounts,
  };
}

/** The name that was asked for, as long as it still means this image; else the image's id. */
function imageName(engine: Engine, { record }: Container): string {
  const name = record.config.Image ?? '';
  return engine.images.find(name)?.id === record.imageId ? name : record.imageId;
}

function quoted(word: string): string {
  return /[\s"'\\$]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word;
}

/** The sentence about its state that `docker ps` shows. */
export function statusText({ state }: Container): string {
  const since = (time: string) => durationText(time === NEVER ? 0 : (Date.now() - Date.parse(time)) / 1000);
  switch (state.status) {
    case 'running':
      return `Up ${since(state.startedAt)}${healthText(state)}`;
    case 'paused':
      return `Up ${since(state.startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'exited':
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'created':
      return 'Created';
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
  }
}

function healthText({ health }: ContainerState): string {
  if (health === undefined) return '';
  return health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`;
}
