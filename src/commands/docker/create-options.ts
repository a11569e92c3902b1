/** The flags of `create` and `run`, and the request that they make. */
import type { CreateContainerRequest } from '../../engine/api-types.ts';
import type { WindowSize } from '../../linux/terminal.ts';
import type { HostConfig } from '../../oci/container-config.ts';
import { type FlagTable, type FlagValues, UsageError } from './flags.ts';
import { parseMount } from './mount-option.ts';
import {
  parseCpus,
  parseDevice,
  parseKeyValues,
  parseRestartPolicy,
  parseSize,
  parseTmpfs,
  parseUlimit,
} from './option-values.ts';

export const CREATE_FLAGS = {
  'add-host': { kind: 'list', value: 'name:ip', help: 'Line for /etc/hosts' },
  'cap-add': { kind: 'list', help: 'Capability to add, such as NET_ADMIN or ALL' },
  'cap-drop': { kind: 'list', help: 'Capability to drop' },
  'cgroup-parent': { kind: 'string', help: 'Control group to create its own in' },
  cgroupns: { kind: 'string', help: 'Control group namespace: host or private' },
  'cpu-shares': { kind: 'integer', help: 'Weight against others when CPUs are short; 1024 is normal' },
  cpus: { kind: 'string', value: 'decimal', help: 'How many CPUs it may use' },
  'cpuset-cpus': { kind: 'string', help: 'Which CPUs it may use, such as 0-2,4' },
  device: { kind: 'list', value: 'path[:path[:rwm]]', help: 'Device of the host' },
  dns: { kind: 'list', value: 'ip', help: 'DNS server' },
  'dns-search': { kind: 'list', help: 'DNS search domain' },
  entrypoint: { kind: 'string', help: "Program instead of the image's; empty for none" },
  env: {
    kind: 'list',
    short: 'e',
    value: 'NAME[=value]',
    help: 'Variable; without a value, that of your own',
  },
  'env-file': { kind: 'list', value: 'file', help: 'File with a variable on each line' },
  'group-add': { kind: 'list', help: 'Further group' },
  hostname: { kind: 'string', short: 'h', help: 'Name of its own' },
  init: { kind: 'boolean', help: 'Run a small init in it that forwards signals and reaps' },
  interactive: { kind: 'boolean', short: 'i', help: 'Keep its standard input open' },
  ipc: { kind: 'string', help: 'IPC namespace: host, private, shareable, container:NAME' },
  label: { kind: 'list', short: 'l', value: 'name[=value]', help: 'Label' },
  'log-driver': { kind: 'string', help: 'Where its output is recorded: json-file, local or none' },
  'log-opt': { kind: 'list', value: 'name=value', help: 'Option of the log driver, such as max-size=10m' },
  memory: { kind: 'string', short: 'm', value: 'size', help: 'Memory it may use, such as 64m' },
  'memory-swap': { kind: 'string', value: 'size', help: 'Memory and swap together; -1 for no limit' },
  mount: { kind: 'list', value: 'type=…,source=…,target=…', help: 'Bind mount, volume or tmpfs' },
  name: { kind: 'string', help: 'Name of the container' },
  network: { kind: 'string', aliases: ['net'], help: 'host, none, container:NAME, or a network' },
  'oom-score-adj': { kind: 'integer', help: 'Preference of the OOM killer, -1000 to 1000' },
  pid: { kind: 'string', help: 'PID namespace: host or container:NAME' },
  'pids-limit': { kind: 'integer', help: 'How many processes it may have' },
  privileged: { kind: 'boolean', help: 'All capabilities and devices' },
  'read-only': { kind: 'boolean', help: 'Mount its root read-only' },
  restart: { kind: 'string', value: 'policy', help: 'no, always, unless-stopped, on-failure[:max]' },
  rm: { kind: 'boolean', help: 'Remove it when it has ended' },
  runtime: { kind: 'string', help: 'OCI runtime' },
  'security-opt': { kind: 'list', help: 'no-new-privileges, seccomp=…, and so on' },
  'shm-size': { kind: 'string', value: 'size', help: 'Size of /dev/shm' },
  'stop-signal': { kind: 'string', help: 'Signal that stops it' },
  'stop-timeout': { kind: 'integer', value: 'seconds', help: 'Time from that signal to SIGKILL' },
  sysctl: { kind: 'list', value: 'name=value', help: 'Kernel parameter of its namespaces' },
  tmpfs: { kind: 'list', value: 'path[:options]', help: 'Mount a tmpfs' },
  tty: { kind: 'boolean', short: 't', help: 'Give it a terminal' },
  ulimit: { kind: 'list', value: 'name=soft[:hard]', help: 'Resource limit' },
  user: { kind: 'string', short: 'u', value: 'user[:group]', help: 'Who its program runs as' },
  userns: { kind: 'string', help: 'User namespace: host' },
  uts: { kind: 'string', help: 'UTS namespace: host' },
  volume: { kind: 'list', short: 'v', value: 'source:path[:options]', help: 'Bind mount or volume' },
  'volumes-from': { kind: 'list', value: 'container[:ro]', help: 'The volumes of another container' },
  workdir: { kind: 'string', short: 'w', help: 'Directory its program starts in' },
} as const satisfies FlagTable;

export type CreateFlags = FlagValues<typeof CREATE_FLAGS>;

/** What the flags refer to outside of the command line. */
export interface CreateSurroundings {
  environment(name: string): string | undefined;
  readText(path: string): string;
  windowSize(): WindowSize | undefined;
}

/** Which streams somebody is going to be attached to. */
export interface AttachedStreams {
  readonly stdin: boolean;
  readonly output: boolean;
}

/** The request for a container. Throws UsageError; SyscallError for an environment file. */
export function createRequest(
  flags: CreateFlags,
  [image = '', ...command]: readonly string[],
  attached: AttachedStreams,
  surroundings: CreateSurroundings,
): CreateContainerRequest {
  if (flags.rm && flags.restart !== undefined && flags.restart !== 'no') {
    throw new UsageError('conflicting options: cannot specify both --restart and --rm');
  }
  return {
    Image: image,
    Cmd: command.length > 0 ? command : undefined,
    Entrypoint: flags.entrypoint === undefined ? undefined : [flags.entrypoint],
    Env: variables(flags, surroundings),
    User: flags.user,
    WorkingDir: flags.workdir,
    Hostname: flags.hostname,
    Labels: parseKeyValues(flags.label),
    Volumes: anonymousVolumes(flags.volume),
    StopSignal: flags['stop-signal'],
    StopTimeout: flags['stop-timeout'],
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive && attached.stdin,
    AttachStdin: attached.stdin,
    AttachStdout: attached.output,
    AttachStderr: attached.output,
    HostConfig: hostConfig(flags, surroundings),
  };
}

function hostConfig(flags: CreateFlags, surroundings: CreateSurroundings): HostConfig {
  const size = flags.tty ? surroundings.windowSize() : undefined;
  return {
    AutoRemove: flags.rm,
    Binds: flags.volume.filter((volume) => volume.includes(':')),
    CapAdd: flags['cap-add'],
    CapDrop: flags['cap-drop'],
    CgroupParent: flags['cgroup-parent'],
    CgroupnsMode: flags.cgroupns,
    ConsoleSize: size === undefined ? undefined : [size.rows, size.columns],
    CpuShares: flags['cpu-shares'],
    CpusetCpus: flags['cpuset-cpus'],
    Devices: flags.device.map(parseDevice),
    Dns: flags.dns,
    DnsSearch: flags['dns-search'],
    ExtraHosts: flags['add-host'],
    GroupAdd: flags['group-add'],
    Init: flags.init || undefined,
    IpcMode: flags.ipc,
    LogConfig: { Type: flags['log-driver'] ?? '', Config: parseKeyValues(flags['log-opt']) },
    Memory: parseSize('--memory', flags.memory),
    MemorySwap: flags['memory-swap'] === '-1' ? -1 : parseSize('--memory-swap', flags['memory-swap']),
    Mounts: flags.mount.map(parseMount),
    NanoCpus: parseCpus(flags.cpus),
    NetworkMode: flags.network ?? 'default',
    OomScoreAdj: flags['oom-score-adj'],
    PidMode: flags.pid,
    PidsLimit: flags['pids-limit'],
    Privileged: flags.privileged,
    ReadonlyRootfs: flags['read-only'],
    RestartPolicy: parseRestartPolicy(flags.restart),
    Runtime: flags.runtime,
    SecurityOpt: flags['security-opt'],
    ShmSize: parseSize('--shm-size', flags['shm-size']),
    Sysctls: parseKeyValues(flags.sysctl),
    Tmpfs: parseTmpfs(flags.tmpfs),
    UTSMode: flags.uts,
    Ulimits: flags.ulimit.map(parseUlimit),
    UsernsMode: flags.userns,
    VolumesFrom: flags['volumes-from'],
  };
}

/** `-e` and `--env-file`; a name without a value takes it from our own environment, or is left out. */
function variables(flags: Pick<CreateFlags, 'env' | 'env-file'>, surroundings: CreateSurroundings): string[] {
  const fromFiles = flags['env-file'].flatMap((path) => environmentLines(path, surroundings.readText(path)));
  return resolveVariables([...fromFiles, ...flags.env], surroundings);
}

/** `NAME=value` for each of `NAME=value` and `NAME`. */
export function resolveVariables(
  texts: readonly string[],
  surroundings: Pick<CreateSurroundings, 'environment'>,
): string[] {
  return texts.flatMap((text) => {
    if (text === '' || text.startsWith('=')) throw new UsageError(`invalid environment variable "${text}"`);
    if (text.includes('=')) return [text];
    const value = surroundings.environment(text);
    return value === undefined ? [] : [`${text}=${value}`];
  });
}

function environmentLines(path: string, text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trimStart());
  return lines.flatMap((line, index) => {
    if (line === '' || line.startsWith('#')) return [];
    const [name = ''] = line.split('=', 1);
    if (/\s/.test(name)) throw new UsageError(`${path}:${index + 1}: variable "${name}" contains whitespace`);
    return [line];
  });
}

function anonymousVolumes(volumes: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(volumes.filter((volume) => !volume.includes(':')).map((path) => [path, {}]));
}
