/** `docker ps`: which containers, and a line about each (Engine API 1.51, ContainerSummary). */
import type { Digest } from '../../oci/digest.ts';
import { FormatError } from '../../oci/errors.ts';
import type { Container, ContainerState } from '../containers/container.ts';
import { NEVER } from '../containers/container.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { type ContainerSize, containerSizes } from '../files/disk-usage.ts';
import type { Image } from '../images/image.ts';
import { linkedNames } from '../networks/links.ts';
import { exposedPorts, portRequests } from '../networks/port-bindings.ts';
import { durationText } from './duration-text.ts';
import type { Filters } from './filters.ts';
import { endpointAnswers, portSummaries } from './network-answers.ts';
import { portFilter } from './port-filter.ts';

const STATUSES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];
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
  const links = linkedNames(engine.containers);
  return limited.map((container) =>
    containerSummary(engine, container, links.get(container.id), sizes?.get(container.id)),
  );
}

/** Whether a container passes the filters. */
export function containerFilter(engine: Engine, filters: Filters): (container: Container) => boolean {
  for (const status of filters.values('status')) {
    checkValue('status', 'state', status, STATUSES);
  }
  const exitCodes = filters.integers('exited');
  const isTask = filters.flag('is-task');
  for (const health of filters.values('health')) {
    checkValue('health', 'health', health, HEALTHS);
  }
  const before = filters.values('before').map((reference) => engine.containers.get(reference).record.created);
  const since = filters.values('since').map((reference) => engine.containers.get(reference).record.created);
  const ancestors = filters.values('ancestor').map((name) => imageNamed(engine, name)?.id);
  const isPublished = portFilter(filters, 'publish');
  const isExposed = portFilter(filters, 'expose');
  return ({ record }) =>
    filters.matches('id', (id) => record.id.startsWith(id)) &&
    filters.matchesPattern('name', `/${record.name}`, record.name) &&
    filters.matchesLabels(record.config.Labels ?? {}) &&
    filters.matches('status', (status) => record.state.status === status) &&
    (exitCodes.length === 0 ||
      (record.state.status === 'exited' && exitCodes.includes(record.state.exitCode))) &&
    filters.matches('volume', (volume) =>
      record.mounts.some((mount) => mount.Name === volume || mount.Destination === volume),
    ) &&
    filters.matches('network', (network) =>
      Object.entries(record.networks).some(
        ([name, { networkId }]) => name === network || (networkId !== '' && networkId.startsWith(network)),
      ),
    ) &&
    filters.matches('health', (health) => health === (record.state.health?.status ?? 'none')) &&
    isTask !== true &&
    isPublished(portRequests(record.config, record.hostConfig)) &&
    isExposed(exposedPorts(record.config, record.hostConfig)) &&
    (ancestors.length === 0 || ancestryOf(engine, record.imageId).some((id) => ancestors.includes(id))) &&
    before.every((created) => record.created < created) &&
    since.every((created) => record.created > created);
}

function checkValue(filter: string, what: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw invalidParameter(
    `invalid filter '${filter}=${value}': invalid value for ${what} (${value}): must be one of ${known.join(', ')}`,
  );
}

/** An image with those that it was made from here. */
function ancestryOf({ images }: Engine, id: Digest): Digest[] {
  const ids: Digest[] = [];
  for (let image = images.find(id); image !== undefined; image = images.parentOf(image)) ids.push(image.id);
  return ids.length === 0 ? [id] : ids;
}

/** The image, if there is one: a filter may be no name at all. */
function imageNamed({ images }: Engine, name: string): Image | undefined {
  try {
    return images.find(name);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return undefined;
  }
}

/**
 * The line about a container.
 * @param aliases names that links of others give it
 * @param size only if it was measured
 */
export function containerSummary(
  engine: Engine,
  container: Container,
  aliases: readonly string[] = [],
  size?: ContainerSize,
): unknown {
  const { record } = container;
  return {
    Id: record.id,
    Names: [`/${record.name}`, ...aliases].sort(),
    Image: imageName(engine, container),
    ImageID: record.imageId,
    Command: record.command.map(quoted).join(' '),
    Created: Math.floor(Date.parse(record.created) / 1000),
    ...(size !== undefined && { ...(size.own > 0 && { SizeRw: size.own }), SizeRootFs: size.total }),
    Ports: portSummaries(container),
    Labels: record.config.Labels ?? {},
    State: record.state.status,
    Status: statusText(container),
    HostConfig: { NetworkMode: record.hostConfig.NetworkMode },
    NetworkSettings: { Networks: endpointAnswers(engine, record) },
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
