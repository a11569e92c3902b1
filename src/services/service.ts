/** One service of the configuration as System Docker will make it. */
import { isMap } from '../config/merge.ts';
import type { Config, ServiceDefinition } from '../config/schema.ts';
import type { CreateContainerRequest } from '../engine/api-types.ts';
import { applyKeys, type Draft } from './compose.ts';
import { type ServiceBuild, serviceBuild } from './compose-build.ts';
import { dependsOn, type Predecessor } from './compose-depends.ts';
import { endpoints } from './compose-networks.ts';
import { list, text, variables } from './compose-value.ts';
import { type ReadFile, readEnvFiles } from './env-file.ts';
import { interpolate } from './interpolate.ts';
import { PROJECT, parseLabels, type StartRules } from './labels.ts';
import { ServiceError } from './service-error.ts';

export interface Service {
  readonly name: string;
  readonly containerName: string;
  readonly request: CreateContainerRequest;
  readonly rules: StartRules;
  /** Other services without which this one cannot be made or started. */
  readonly needs: readonly Predecessor[];
  /** Other services that come first if they can. */
  readonly after: readonly Predecessor[];
  /** Networks that it is in, which are made if they are not there. */
  readonly networks: readonly string[];
  /** How its image is made, if not by pulling it. */
  readonly build?: ServiceBuild;
  /** What `write_files` has for it. */
  readonly files: NonNullable<Config['write_files']>;
  /** It is wanted only if one of these is in the variable COMPOSE_PROFILES; always if there are none. */
  readonly profiles: readonly string[];
}

/** Keys that name other services, speak of the image, or take their values from the environment of all. */
const RELATED_KEYS = [
  'build',
  'container_name',
  'depends_on',
  'dockerfile',
  'env_file',
  'environment',
  'external_links',
  'ipc',
  'links',
  'net',
  'network_mode',
  'networks',
  'pid',
  'profiles',
  'volumes_from',
];

type Definitions = Readonly<Record<string, ServiceDefinition>>;

/**
 * Reads one service.
 * @param definitions all services, for the names of their containers
 * @param environment `rancher.environment`, for variables
 * @param readFile reads the files that `env_file` names
 * @throws ServiceError
 */
export function parseService(
  name: string,
  definitions: Definitions,
  environment: Readonly<Record<string, string>>,
  readFile: ReadFile,
): { service: Service; warnings: string[] } {
  const values = environmentFor(name, environment);
  const resolved = Object.entries(definitions[name] ?? {}).map(([key, value]) => [
    key,
    interpolate(value, (variable) => values.get(variable), key),
  ]);
  const written: ServiceDefinition = Object.fromEntries(resolved);
  const draft: Draft = { config: {}, host: {}, warnings: [] };
  const build = serviceBuild(written, draft.warnings);
  const definition =
    build === undefined ? written : { ...written, image: written['image'] ?? imageName(name) };
  applyKeys(draft, definition, RELATED_KEYS);
  const needs = applyRelations(draft, definition, definitions);
  const { required, optional } = dependsOn(definition['depends_on'], 'depends_on');
  for (const { name: other } of required) {
    if (!Object.hasOwn(definitions, other)) throw new ServiceError(`depends_on: ${other} is not a service`);
  }
  const { env_file, environment: own, networks, profiles } = definition;
  const fromFiles = env_file == null ? [] : readEnvFiles(env_file, readFile, 'env_file');
  draft.config.Env = environmentOf([...fromFiles, ...variables(own ?? [], 'environment')], values);
  const joined = networks == null ? {} : endpoints(name, networks, 'networks');
  const rules = parseLabels(draft.config.Labels ?? {});
  const service = {
    name,
    containerName: containerNameOf(name, definitions),
    request: requestOf(draft, joined),
    rules,
    needs: [...needs.map((other) => ({ name: other, condition: 'ready' as const })), ...required],
    after: [...rules.after, ...optional],
    networks: Object.keys(joined),
    ...(build === undefined ? {} : { build }),
    files: [],
    profiles: profiles == null ? [] : list(profiles, 'profiles'),
  };
  return { service, warnings: draft.warnings };
}

/** What is built for a service that names no image; the name is that of RancherOS. */
function imageName(service: string): string {
  return `${PROJECT}_${service.toLowerCase()}`;
}

/** The first network is the container's own; it joins the others too. */
function requestOf({ config, host }: Draft, joined: ReturnType<typeof endpoints>): CreateContainerRequest {
  const [first] = Object.keys(joined);
  if (first === undefined) return { ...config, HostConfig: host };
  if (host.NetworkMode !== undefined) {
    throw new ServiceError('networks: cannot be beside net or network_mode');
  }
  return {
    ...config,
    HostConfig: { ...host, NetworkMode: first },
    NetworkingConfig: { EndpointsConfig: joined },
  };
}

/** The name of a service's container; for what is no service, the name itself. */
function containerNameOf(name: string, definitions: Definitions): string {
  const own = isMap(definitions[name]) ? definitions[name]['container_name'] : undefined;
  return own === undefined || own === null ? name : text(own, 'container_name');
}

/** Puts the containers of other services in the place of their names. Returns the names. */
function applyRelations(draft: Draft, definition: ServiceDefinition, definitions: Definitions): string[] {
  const needs: string[] = [];
  const containerOf = (name: string) => {
    if (Object.hasOwn(definitions, name)) needs.push(name);
    return containerNameOf(name, definitions);
  };
  const { volumes_from, links, external_links, network_mode, net = network_mode, pid, ipc } = definition;
  if (volumes_from != null) {
    draft.host.VolumesFrom = list(volumes_from, 'volumes_from').map((item) => {
      const [name = '', ...mode] = item.split(':');
      return [containerOf(name), ...mode].join(':');
    });
  }
  const outside = external_links == null ? [] : list(external_links, 'external_links');
  const inside = links == null ? [] : list(links, 'links');
  if (inside.length + outside.length > 0) {
    draft.host.Links = [
      ...inside.map((item) => linkOf(item, containerOf)),
      ...outside.map((item) => linkOf(item, (name) => name)),
    ];
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

/** `NAME[:ALIAS]` */
function linkOf(item: string, containerOf: (name: string) => string): string {
  const [name = '', alias = name] = item.split(':');
  return `${containerOf(name)}:${alias}`;
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
function environmentOf(
  wanted: readonly (readonly [name: string, value: string | undefined])[],
  values: ReadonlyMap<string, string>,
): string[] {
  const result = new Map<string, string>();
  for (const [name, written] of wanted) {
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
