/** The keys of a service in a compose file of version 1, and what they are in Docker's create request. */
import { nearest } from '../config/nearest.ts';
import type { ContainerConfig, HostConfig } from '../oci/container-config.ts';
import { deviceMapping, extraHosts, restartPolicy, ulimits, volumeLists } from './compose-option.ts';
import { flag, integer, list, listOrText, type Reader, size, text, textMap, words } from './compose-value.ts';
import { ServiceError } from './service-error.ts';

/** A create request in the making. */
export interface Draft {
  readonly config: ContainerConfig;
  readonly host: HostConfig;
}

/** What a key does to the request. */
type Apply = (draft: Draft, value: unknown, place: string) => void;

function config<Key extends keyof ContainerConfig>(key: Key, read: Reader<ContainerConfig[Key]>): Apply {
  return (draft, value, place) => {
    draft.config[key] = read(value, place);
  };
}

function host<Key extends keyof HostConfig>(key: Key, read: Reader<HostConfig[Key]>): Apply {
  return (draft, value, place) => {
    draft.host[key] = read(value, place);
  };
}

/** `environment`, `volumes_from`, `links` and the namespaces of other services are src/services/service.ts's matter. */
const KEYS: Readonly<Record<string, Apply>> = {
  cap_add: host('CapAdd', list),
  cap_drop: host('CapDrop', list),
  cgroup_parent: host('CgroupParent', text),
  command: config('Cmd', words),
  cpu_quota: host('CpuQuota', integer),
  cpu_shares: host('CpuShares', integer),
  cpuset: host('CpusetCpus', text),
  devices: host('Devices', (value, place) => list(value, place).map((item) => deviceMapping(item, place))),
  dns: host('Dns', listOrText),
  dns_search: host('DnsSearch', listOrText),
  domainname: config('Domainname', text),
  entrypoint: config('Entrypoint', words),
  extra_hosts: host('ExtraHosts', extraHosts),
  hostname: config('Hostname', text),
  image: config('Image', text),
  labels: config('Labels', textMap),
  log_driver(draft, value, place) {
    draft.host.LogConfig = { ...draft.host.LogConfig, Type: text(value, place) };
  },
  log_opt(draft, value, place) {
    draft.host.LogConfig = { ...draft.host.LogConfig, Config: textMap(value, place) };
  },
  mem_limit: host('Memory', size),
  memswap_limit: host('MemorySwap', size),
  oom_score_adj: host('OomScoreAdj', integer),
  privileged: host('Privileged', flag),
  read_only: host('ReadonlyRootfs', flag),
  restart: host('RestartPolicy', restartPolicy),
  security_opt: host('SecurityOpt', list),
  stdin_open: config('OpenStdin', flag),
  tty: config('Tty', flag),
  ulimits: host('Ulimits', ulimits),
  user: config('User', text),
  userns_mode: host('UsernsMode', text),
  uts: host('UTSMode', text),
  volume_driver: host('VolumeDriver', text),
  volumes(draft, value, place) {
    const { binds, anonymous } = volumeLists(list(value, place));
    draft.host.Binds = binds;
    draft.config.Volumes = Object.fromEntries(anonymous.map((path) => [path, {}]));
  },
  working_dir: config('WorkingDir', text),
};

/** Keys that RancherOS has and Paddock has not yet. */
const UNSUPPORTED: readonly string[] = [
  'build',
  'dockerfile',
  'env_file',
  'expose',
  'external_links',
  'mac_address',
  'name',
  'ports',
];

/**
 * The create request of the keys that speak of this service alone.
 * @param others keys that the caller deals with
 * @returns a warning for each key that was left out
 * @throws ServiceError
 */
export function applyKeys(
  draft: Draft,
  definition: Readonly<Record<string, unknown>>,
  others: readonly string[],
): string[] {
  const warnings: string[] = [];
  for (const [key, value] of Object.entries(definition)) {
    if (others.includes(key) || value === null) continue;
    const apply = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    if (apply !== undefined) apply(draft, value, key);
    else warnings.push(unknownKey(key, [...Object.keys(KEYS), ...others]));
  }
  if (!draft.config.Image) throw new ServiceError('image: missing');
  return warnings;
}

function unknownKey(key: string, known: readonly string[]): string {
  if (UNSUPPORTED.includes(key)) return `${key}: not supported yet, ignored`;
  const guess = nearest(key, known);
  return `${key}: unknown key, ignored${guess === undefined ? '' : `; did you mean ${guess}?`}`;
}
