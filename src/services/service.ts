/** One service of the configuration as System Docker will make it. */
import { isMap } from '../config/merge.ts';
import type { ServiceDefinition } from '../config/schema.ts';
import type { CreateContainerRequest } from '../engine/api-types.ts';
import { applyKeys, type Draft } from './compose.ts';
import { list, text, variables } from './compose-value.ts';
import { interpolate } from './interpolate.ts';
import { parseLabels, type StartRules } from './labels.ts';

export interface Service {
  readonly name: string;
  readonly containerName: string;
  readonly request: CreateContainerRequest;
  readonly rules: StartRules;
  /** Other services without whose containers this one cannot be made or started. */
  readonly needs: readonly string[];
}

/** Keys that name other services, or take their values from the environment of all. */
const RELATED_KEYS = ['container_name', 'environment', 'ipc', 'links', 'net', 'pid', 'volumes_from'];

/**
 * Reads one service.
 * @param definitions all services, for the names of their containers
 * @param environment `rancher.environment`, for variables
 * @throws ServiceError
 */
export function parseService(
  name: string,
  definitions: Readonly<Record<string, ServiceDefinition>>,
  environment: Readonly<Record<string, string>>,
): { service: Service; warnings: string[] } {
  const values = environmentFor(name, environment);
  const resolved = Object.entries(definitions[name] ?? {}).map(([key, value]) => [
    key,
    interpolate(value, (variable) => values.get(variable), key),
  ]);
  const definition: ServiceDefinition = Object.fromEntries(resolved);
  const draft: Draft = { config: {}, host: {} };
  const warnings = applyKeys(draft, definition, RELATED_KEYS);
  const needs = applyRelations(draft, definition, definitions);
  draft.config.Env = environmentOf(definition['environment'] ?? [], values);
  const service = {
    name,
    containerName: containerNameOf(name, definitions),
    request: { ...draft.config, HostConfig: draft.host },
    rules: parseLabels(draft.config.Labels ?? {}),
    needs,
  };
  return { service, warnings };
}

/** The name of a service's container; for what is no service, the name itself. */
function containerNameOf(name: string, definitions: Readonly<Record<string, ServiceDefinition>>): string {
  const own = isMap(definitions[name]) ? definitions[name]['container_name'] : undefined;
  return own === undefined || own === null ? name : text(own, 'container_name');
}

/** Puts the containers of other services in the place of their names. Returns the names. */
function applyRelations(
  draft: Draft,
  definition: ServiceDefinition,
  definitions: Readonly<Record<string, ServiceDefinition>>,
): string[] {
  const needs: string[] = [];
  const containerOf = (name: string) => {
    if (Object.hasOwn(definitions, name)) needs.push(name);
    return containerNameOf(name, definitions);
  };
  const { volumes_from, links, net, pid, ipc } = definition;
  if (volumes_from != null) {
    draft.host.VolumesFrom = list(volumes_from, 'volumes_from').map((item) => {
      const [name = '', ...mode] = item.split(':');
      return [containerOf(name), ...mode].join(':');
    });
  }
  if (links != null) {
    draft.host.Links = list(links, 'links').map((item) => {
      const [name = '', alias = name] = item.split(':');
      return `${containerOf(name)}:${alias}`;
    });
  }
  const namespace = (value: unknown, key: string) =>
    text(value, key).replace(
      /^(?:container|service):(.*)$/s,
      (_, name: string) => `container:${containerOf(name)}`,
    );
  if (net != null) draft.host.NetworkMode = namespace(net, 'net');
  if (pid != null) draft.host.PidMode = namespace(pid, 'pid');
  if (ipc != null) draft.host.IpcMode = namespace(ipc, 'ipc');
  return needs;
}

/** The variables as one service sees them: the key `service/NAME` is for that service alone, and wins over `NAME`. */
function environmentFor(
  service: string,
  environment: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const prefix = `${service}/`;
  const entries = Object.entries(environment);
  const common = entries.filter(([key]) => !key.includes('/'));
  const own = entries.filter(([key]) => key.startsWith(prefix));
  return new Map([...common, ...own.map(([key, value]) => [key.slice(prefix.length), value] as const)]);
}

/**
 * A name without a value has the value of `rancher.environment`, and is left out if there is none; `NAME*` is every
 * variable that begins so.
 */
function environmentOf(value: unknown, values: ReadonlyMap<string, string>): string[] {
  const result = new Map<string, string>();
  for (const [name, written] of variables(value, 'environment')) {
    if (written !== undefined) result.set(name, written);
    else for (const [key, item] of matching(name, values)) result.set(key, item);
  }
  return [...result].map(([name, item]) => `${name}=${item}`);
}

function matching(name: string, values: ReadonlyMap<string, string>): (readonly [string, string])[] {
  const isMatch = name.endsWith('*')
    ? (key: string) => key.startsWith(name.slice(0, -1))
    : (key: string) => key === name;
  return [...values].filter(([key]) => isMatch(key));
}
