/** What is mounted in a container, in the order of mounting. */

import type { HostConfig } from './container-config.ts';
import { FormatError } from './errors.ts';
import { lookUp } from './look-up.ts';
import type { SpecMount } from './runtime-spec-types.ts';

export const DEFAULT_SHM_SIZE = 64 * 1024 * 1024;

/** Files of the kernel that a container must not see, unless it is privileged. */
export const DEFAULT_MASKED_PATHS: readonly string[] = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];

/** Files of the kernel that a container must not write, unless it is privileged. */
export const DEFAULT_READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'] as const;
export type Propagation = (typeof PROPAGATIONS)[number];

/** A directory or file of the host in the container: bind mounts, volumes, `/etc/hosts` and its like. */
export interface BindMount {
  readonly source: string;
  readonly destination: string;
  readonly readOnly?: boolean;
  /** Mounts under the source are left out. */
  readonly nonRecursive?: boolean;
  /** Mounts under the source stay writable although the bind mount is read-only. */
  readonly readOnlyNonRecursive?: boolean;
  readonly propagation?: Propagation;
}

/** What decides about the mounts of a container. */
export interface MountPlan {
  readonly hostConfig: HostConfig;
  readonly binds: readonly BindMount[];
  /** Where `/dev/shm` of a container lies that shares it (IpcMode `shareable` or `container:`). */
  readonly shmPath: string | undefined;
  readonly writableCgroups: boolean;
  /** Goes before all other mounts of the container, such as the init program. */
  readonly first: readonly SpecMount[];
}

/** All mounts: those of every container that are not replaced, then the container's own by depth. */
export function containerMounts(plan: MountPlan): SpecMount[] {
  const { hostConfig } = plan;
  const own = [
    ...tmpfsMounts(hostConfig),
    ...shmMounts(hostConfig, plan.shmPath),
    ...plan.binds.map(bindMount),
  ].sort((a, b) => depth(a.destination) - depth(b.destination));
  const replaced = new Set(own.map((mount) => mount.destination));
  const base = baseMounts(hostConfig, plan.writableCgroups).filter(
    ({ destination }) =>
      !replaced.has(destination) &&
      !(replaced.has('/dev') && destination.startsWith('/dev/')) &&
      !(destination === '/dev/shm' && hostConfig.IpcMode === 'none'),
  );
  return [...base, ...plan.first, ...own];
}

/** How the root's propagation must be for what is mounted in it: `shared`, `rslave`, or nothing special. */
export function rootPropagation(binds: readonly BindMount[]): string | undefined {
  const has = (...wanted: Propagation[]) =>
    binds.some(({ propagation }) => propagation !== undefined && wanted.includes(propagation));
  if (has('shared', 'rshared')) return 'shared';
  return has('slave', 'rslave') ? 'rslave' : undefined;
}

/** Checks a propagation mode that a request names. */
export function parsePropagation(text: string): Propagation {
  const found = PROPAGATIONS.find((known) => known === text);
  if (found === undefined) throw new FormatError(`invalid mount config: invalid propagation mode: ${text}`);
  return found;
}

/** What every container has. `/sys` and the cgroups are writable only for a privileged one, or if it asks. */
function baseMounts(hostConfig: HostConfig, writableCgroups: boolean): SpecMount[] {
  const isPrivileged = hostConfig.Privileged === true;
  const kernel = ['nosuid', 'noexec', 'nodev'];
  const sysAccess = isPrivileged ? [] : ['ro'];
  const isCgroupWritable = isPrivileged || (writableCgroups && hostConfig.ReadonlyRootfs !== true);
  const cgroupAccess = isCgroupWritable ? [] : ['ro'];
  const shmSize = hostConfig.ShmSize || DEFAULT_SHM_SIZE;
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: kernel },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...kernel, ...sysAccess] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: [...cgroupAccess, ...kernel],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: kernel },
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: [...kernel, 'mode=1777', `size=${shmSize}`],
    },
  ];
}

function shmMounts({ IpcMode }: HostConfig, shmPath: string | undefined): SpecMount[] {
  const source = IpcMode === 'host' ? '/dev/shm' : shmPath;
  if (source === undefined) return [];
  return [bindMount({ source, destination: '/dev/shm', propagation: 'rprivate' })];
}

function bindMount(bind: BindMount): SpecMount {
  const options = [bind.nonRecursive === true ? 'bind' : 'rbind'];
  if (bind.readOnly === true) {
    options.push(bind.nonRecursive === true || bind.readOnlyNonRecursive === true ? 'ro' : 'rro');
  }
  if (bind.propagation !== undefined) options.push(bind.propagation);
  return { destination: bind.destination, type: 'bind', source: bind.source, options };
}

/** From `--tmpfs` and from `--mount type=tmpfs`. */
function tmpfsMounts(hostConfig: HostConfig): SpecMount[] {
  const short = Object.entries(hostConfig.Tmpfs ?? {}).map(([destination, text]) => {
    return tmpfsMount(destination, text === '' ? [] : text.split(','));
  });
  const long = (hostConfig.Mounts ?? []).filter((mount) => mount.Type === 'tmpfs');
  const requested = long.map(({ Target, ReadOnly, TmpfsOptions }) => {
    const options = (TmpfsOptions?.Options ?? []).map((option) => option.join('='));
    if (ReadOnly === true) options.push('ro');
    if (TmpfsOptions?.SizeBytes) options.push(`size=${TmpfsOptions.SizeBytes}`);
    if (TmpfsOptions?.Mode) options.push(`mode=${TmpfsOptions.Mode.toString(8)}`);
    return tmpfsMount(Target ?? '', options);
  });
  return [...short, ...requested];
}

/** Flags of mount(8) that may be said of a tmpfs, by what they contradict or repeat. */
const TMPFS_FLAGS: Readonly<Record<string, string>> = {
  ro: 'ro',
  rw: 'ro',
  suid: 'suid',
  nosuid: 'suid',
  dev: 'dev',
  nodev: 'dev',
  exec: 'exec',
  noexec: 'exec',
  sync: 'sync',
  async: 'sync',
  dirsync: 'dirsync',
  remount: 'remount',
  mand: 'mand',
  nomand: 'mand',
  atime: 'atime',
  noatime: 'atime',
  diratime: 'diratime',
  nodiratime: 'diratime',
  bind: 'bind',
  rbind: 'bind',
  unbindable: 'propagation',
  runbindable: 'propagation',
  relatime: 'relatime',
  norelatime: 'relatime',
  strictatime: 'strictatime',
  nostrictatime: 'strictatime',
  ...Object.fromEntries(PROPAGATIONS.map((name) => [name, 'propagation'])),
};
const TMPFS_VALUES = ['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol'];

/** Docker's cautious defaults with the requested options; the last word on a matter counts. */
function tmpfsMount(destination: string, requested: readonly string[]): SpecMount {
  if (!destination.startsWith('/')) {
    throw new FormatError(`invalid mount path: '${destination}' mount path must be absolute`);
  }
  if (depth(destination) === 0) throw new FormatError("invalid specification: destination can't be '/'");
  const options = new Map<string, string>();
  for (const option of ['noexec', 'nosuid', 'nodev', 'rprivate', ...requested]) {
    if (option === 'defaults') continue;
    const [name = '', value] = option.split(/=(.*)/s, 2);
    const matter = value === undefined ? lookUp(TMPFS_FLAGS, option) : name;
    if (matter === undefined || (value !== undefined && !TMPFS_VALUES.includes(name))) {
      throw new FormatError(`invalid tmpfs option "${option}"`);
    }
    options.delete(matter);
    options.set(matter, option);
  }
  return { destination, type: 'tmpfs', source: 'tmpfs', options: [...options.values()] };
}

function depth(path: string): number {
  return path.split('/').filter((part) => part !== '').length;
}
