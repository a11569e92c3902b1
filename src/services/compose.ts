/** The keys of a service in a compose file, of version 1 or of today, and what they are in Docker's create request. */
import { nearest } from '../config/nearest.ts';
import type { ContainerConfig, HostConfig } from '../oci/container-config.ts';
import { applyDeploy, nanoCpus } from './compose-deploy.ts';
import { durationSeconds, healthcheck } from './compose-health.ts';
import { mountVolumes, tmpfsMounts } from './compose-mounts.ts';
import { deviceMapping, extraHosts, logging, restartPolicy, ulimits } from './compose-option.ts';
import { expose, publish } from './compose-ports.ts';
import { flag, integer, list, listOrText, type Reader, size, text, textMap, words } from './compose-value.ts';
import { ServiceError } from './service-error.ts';

/** A create request in the making. */
export interface Draft {
  readonly config: ContainerConfig;
  readonly host: HostConfig;
  /** What was left out, one line each. */
  readonly warnings: string[];
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

/** Keys that speak of other services or of the environment are src/services/service.ts's matter. */
const KEYS: Readonly<Record<string, Apply>> = {
  cap_add: host('CapAdd', list),
  cap_drop: host('CapDrop', list),
  cgroup_parent: host('CgroupParent', text),
  cgroup: host('CgroupnsMode', text),
  command: config('Cmd', words),
  cpu_count: host('CpuCount', integer),
  cpu_period: host('CpuPeriod', integer),
  cpu_quota: host('CpuQuota', integer),
  cpu_shares: host('CpuShares', integer),
  cpus: host('NanoCpus', nanoCpus),
  cpuset: host('CpusetCpus', text),
  deploy: applyDeploy,
  device_cgroup_rules: host('DeviceCgroupRules', list),
  devices: host('Devices', (value, place) => list(value, place).map((item) => deviceMapping(item, place))),
  dns: host('Dns', listOrText),
  dns_opt: host('DnsOptions', list),
  dns_search: host('DnsSearch', listOrText),
  domainname: config('Domainname', text),
  entrypoint: config('Entrypoint', words),
  expose,
  extra_hosts: host('ExtraHosts', extraHosts),
  group_add: host('GroupAdd', list),
  healthcheck: config('Healthcheck', healthcheck),
  hostname: config('Hostname', text),
  image: config('Image', text),
  init: host('Init', flag),
  labels: config('Labels', textMap),
  log_driver(draft, value, place) {
    draft.host.LogConfig = { ...draft.host.LogConfig, Type: text(value, place) };
  },
  log_opt(draft, value, place) {
    draft.host.LogConfig = { ...draft.host.LogConfig, Config: textMap(value, place) };
  },
  logging(draft, value, place) {
    draft.host.LogConfig = logging(value, place);
  },
  mac_address: config('MacAddress', text),
  mem_limit: host('Memory', size),
  mem_reservation: host('MemoryReservation', size),
  mem_swappiness: host('MemorySwappiness', integer),
  memswap_limit: host('MemorySwap', size),
  oom_kill_disable: host('OomKillDisable', flag),
  oom_score_adj: host('OomScoreAdj', integer),
  pids_limit: host('PidsLimit', integer),
  ports: publish,
  privileged: host('Privileged', flag),
  read_only: host('ReadonlyRootfs', flag),
  restart: host('RestartPolicy', restartPolicy),
  runtime: host('Runtime', text),
  security_opt: host('SecurityOpt', list),
  shm_size: host('ShmSize', size),
  stdin_open: config('OpenStdin', flag),
  stop_grace_period: config('StopTimeout', (value, place) => Math.ceil(durationSeconds(value, place))),
  stop_signal: config('StopSignal', text),
  storage_opt: host('StorageOpt', textMap),
  sysctls: host('Sysctls', textMap),
  tmpfs: host('Tmpfs', tmpfsMounts),
  tty: config('Tty', flag),
  ulimits: host('Ulimits', ulimits),
  user: config('User', text),
  userns_mode: host('UsernsMode', text),
  uts: host('UTSMode', text),
  volume_driver: host('VolumeDriver', text),
  volumes: mountVolumes,
  working_dir: config('WorkingDir', text),
};

/** Keys of compose files that have no effect here, and why. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  configs: 'not supported; a file in `volumes` does it',
  profiles: 'all services of the configuration are wanted; `rancher.services_include` switches them off',
  secrets: 'not supported; a file in `volumes` does it',
  extends: 'not supported',
  scale: 'a service is one container',
  isolation: 'is for Windows',
  name: 'the service has the name of its entry',
  platform: 'an image is that of this machine',
  pull_policy: 'an image that is there is not pulled again',
};

/**
 * The create request of the keys that speak of this service alone.
 * @param others keys that the caller deals with
 * @throws ServiceError
 */
export function applyKeys(
  draft: Draft,
  definition: Readonly<Record<string, unknown>>,
  others: readonly string[],
): void {
  for (const [key, value] of Object.entries(definition)) {
    if (others.includes(key) || value === null) continue;
    const apply = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    if (apply !== undefined) apply(draft, value, key);
    else if (!key.startsWith('x-')) draft.warnings.push(unknownKey(key, [...Object.keys(KEYS), ...others]));
  }
  if (!draft.config.Image) throw new ServiceError('image: missing');
}

function unknownKey(key: string, known: readonly string[]): string {
  const reason = Object.hasOwn(WITHOUT_EFFECT, key) ? WITHOUT_EFFECT[key] : undefined;
  if (reason !== undefined) return `${key}: ignored: ${reason}`;
  const guess = nearest(key, known);
  return `${key}: unknown key, ignored${guess === undefined ? '' : `; did you mean ${guess}?`}`;
}
