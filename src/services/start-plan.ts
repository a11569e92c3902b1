/** What is done to bring the services up, before any of it is done. */

import type { Config } from '../config/schema.ts';
import { sortedJson } from '../config/sorted-json.ts';
import type { ContainerSummary, CreateContainerRequest, ImageSummary } from '../engine/api-types.ts';
import type { NewSha256 } from '../oci/digest.ts';
import { familiarReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { ServiceBuild } from './compose-build.ts';
import type { Condition } from './compose-depends.ts';
import { configHash } from './config-hash.ts';
import { buildGraph, type Dependency, startWaves } from './graph.ts';
import { COMPOSE_LABEL, PROJECT } from './labels.ts';
import type { Project } from './project.ts';
import type { Service } from './service.ts';

/** How a service gets its container. */
export type ContainerAction =
  | { readonly kind: 'create' }
  | { readonly kind: 'keep'; readonly id: string }
  | { readonly kind: 'replace'; readonly id: string; readonly reason: string };

export interface ServiceStep {
  readonly name: string;
  readonly containerName: string;
  readonly request: CreateContainerRequest;
  readonly action: ContainerAction;
  /** What is written into the container before it is started. */
  readonly files: NonNullable<Config['write_files']>;
  /** Whether the container is started, and whether that is over when it runs or when it has exited. */
  readonly start: 'no' | 'detached' | 'until exit';
  /** What others wait for, beside that. */
  readonly awaited: readonly Condition[];
  /** Whether the configuration is read anew when this one is ready. */
  readonly reloadsConfig: boolean;
  /** Whether its image must be pulled, or built. */
  readonly isImageAbsent: boolean;
  readonly build?: ServiceBuild;
  /** Networks that it is in and that are not there yet. */
  readonly missingNetworks: readonly string[];
  /** The steps that must have come so far before this one. */
  readonly dependencies: ReadonlyMap<string, Dependency>;
}

export interface StartPlan {
  /** Every step stands behind those that it depends on. */
  readonly steps: readonly ServiceStep[];
  readonly problems: readonly string[];
}

/** What System Docker has already. */
export interface Inventory {
  readonly containers: readonly ContainerSummary[];
  readonly images: readonly ImageSummary[];
  /** Names of networks. */
  readonly networks: readonly string[];
}

/** Whether containers are made anew: always, if their definition or image has changed, or never. */
export type Recreate = 'always' | 'changed' | 'never';

/** What a person asks for, who knows what runs. At boot, nobody asks, and a container that runs is never replaced. */
export interface Request {
  /** For these services; for all if there are none. */
  readonly names: readonly string[];
  readonly policy: Recreate;
}

/** Plans the start of a project. */
export function planStart(
  project: Project,
  inventory: Inventory,
  newSha256: NewSha256,
  asked?: Request,
): StartPlan {
  const graph = buildGraph(project.services, (image) => imageId(image, inventory.images) !== undefined);
  const services = new Map(project.services.map((service) => [service.name, service]));
  const hashes = new Map<string, string>();
  const steps = startWaves(graph)
    .flat()
    .flatMap((name) => {
      const service = services.get(name);
      if (service === undefined) return [];
      const dependencies = graph.dependencies.get(name) ?? new Map();
      const awaited = awaitedOf(name, graph.dependencies);
      const needed = [...dependencies].flatMap(([other, { kind }]) => (kind === 'needs' ? [other] : []));
      const below = needed.sort().map((other) => hashes.get(other) ?? '');
      const files = service.files.map(sortedJson);
      const hash = configHash(service.request, [...below, ...files], newSha256);
      hashes.set(name, hash);
      return [{ ...stepOf(service, hash, inventory, asked), dependencies, awaited }];
    });
  return { steps, problems: [...project.problems, ...graph.problems] };
}

function stepOf(
  service: Service,
  hash: string,
  inventory: Inventory,
  asked: Request | undefined,
): Omit<ServiceStep, 'awaited' | 'dependencies'> {
  const { name, containerName, request, rules, networks, files, build } = service;
  const labels = {
    ...request.Labels,
    [COMPOSE_LABEL.PROJECT]: PROJECT,
    [COMPOSE_LABEL.SERVICE]: name,
    [COMPOSE_LABEL.CONFIG_HASH]: hash,
  };
  return {
    name,
    containerName,
    request: { ...request, Labels: labels },
    action: actionFor(service, hash, inventory, asked),
    files,
    start: rules.isCreateOnly ? 'no' : rules.waitsForExit ? 'until exit' : 'detached',
    reloadsConfig: rules.reloadsConfig,
    isImageAbsent: imageId(request.Image ?? '', inventory.images) === undefined,
    ...(build === undefined ? {} : { build }),
    missingNetworks: networks.filter((network) => !inventory.networks.includes(network)),
  };
}

/** What others want of a service. */
function awaitedOf(
  name: string,
  dependencies: ReadonlyMap<string, ReadonlyMap<string, Dependency>>,
): Condition[] {
  const conditions = [...dependencies.values()].flatMap((before) => before.get(name)?.conditions ?? []);
  return [...new Set(conditions)];
}

/**
 * Whether a step can begin: `go`, `wait`, or the steps that it needs and that failed.
 * @param reached how far a step has come; a condition that will never be met is false
 */
export function settled(
  { dependencies }: ServiceStep,
  reached: (name: string) => ReadonlyMap<Condition, boolean> | undefined,
): 'go' | 'wait' | { readonly missing: readonly string[] } {
  const missing: string[] = [];
  for (const [name, { kind, conditions }] of dependencies) {
    const outcomes = conditions.map((condition) => reached(name)?.get(condition));
    if (outcomes.includes(undefined)) return 'wait';
    if (kind === 'needs' && outcomes.includes(false)) missing.push(name);
  }
  return missing.length === 0 ? 'go' : { missing };
}

function actionFor(
  { name, containerName, request, rules }: Service,
  hash: string,
  inventory: Inventory,
  asked: Request | undefined,
): ContainerAction {
  const existing = inventory.containers.find(({ Names }) => Names.includes(`/${containerName}`));
  if (existing === undefined) return { kind: 'create' };
  const { Id: id, State, Labels, ImageID } = existing;
  const isNamed = asked !== undefined && (asked.names.length === 0 || asked.names.includes(name));
  if (isNamed && asked.policy === 'always') return { kind: 'replace', id, reason: 'it was asked for' };
  if (asked?.policy === 'never' || rules.rebuild === 'never') return { kind: 'keep', id };
  // Somebody may be in it.
  if (State === 'running' && !isNamed) return { kind: 'keep', id };
  if (!isNamed && rules.rebuild === 'always')
    return { kind: 'replace', id, reason: 'it is new at each boot' };
  if (Labels?.[COMPOSE_LABEL.CONFIG_HASH] !== hash) {
    return { kind: 'replace', id, reason: 'its definition has changed' };
  }
  if (ImageID !== imageId(request.Image ?? '', inventory.images)) {
    return { kind: 'replace', id, reason: 'its image has changed' };
  }
  return { kind: 'keep', id };
}

/** The id of an image that is there, by its name or its id. */
function imageId(image: string, images: readonly ImageSummary[]): string | undefined {
  const byId = images.find(({ Id }) => image !== '' && (Id === image || Id.startsWith(`sha256:${image}`)));
  if (byId !== undefined) return byId.Id;
  const reference = familiarReference(withDefaultTag(parseReference(image)));
  return images.find(({ RepoTags, RepoDigests }) =>
    [...(RepoTags ?? []), ...(RepoDigests ?? [])].includes(reference),
  )?.Id;
}

/** The plan for people, one line for each step. */
export function formatPlan({ steps }: StartPlan): string[] {
  return steps.map(({ name, action, start, dependencies }) => {
    const reason = action.kind === 'replace' ? ` (${action.reason})` : '';
    const begin = start === 'no' ? '' : start === 'detached' ? ', start' : ', start and wait for its exit';
    const before = [...dependencies]
      .map(([other, { kind, conditions }]) => {
        const wanted = conditions
          .filter((condition) => condition !== 'ready')
          .map((condition) => `:${condition}`);
        return `${kind} ${other}${wanted.join('')}`;
      })
      .join(', ');
    return `${name}: ${action.kind}${reason}${begin}${before === '' ? '' : `; ${before}`}`;
  });
}
