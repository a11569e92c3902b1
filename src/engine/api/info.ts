/** `GET /info` (Engine API 1.51, SystemInfo). */

import { timestamp } from '../../linux/clock.ts';
import { cpuCount } from '../../linux/cpu.ts';
import { exists, readDirectory, readTextIfExists } from '../../linux/file.ts';
import { FILESYSTEM, filesystemType } from '../../linux/filesystem-type.ts';
import { totalMemory } from '../../linux/memory.ts';
import { environmentVariable } from '../../linux/process.ts';
import { systemName } from '../../linux/system-name.ts';
import type { Engine } from '../engine.ts';
import { LOG_DRIVERS } from '../logs/log-driver.ts';
import { proxyUrl, registryConfig } from './registry-info.ts';
import { ENGINE_VERSION } from './version.ts';

/** Docker's names of filesystems. */
const FILESYSTEM_NAMES: ReadonlyMap<number, string> = new Map([
  [FILESYSTEM.btrfs, 'btrfs'],
  [FILESYSTEM.ext, 'extfs'],
  [FILESYSTEM.f2fs, 'f2fs'],
  [FILESYSTEM.overlay, 'overlayfs'],
  [FILESYSTEM.ramfs, 'ramfs'],
  [FILESYSTEM.tmpfs, 'tmpfs'],
  [FILESYSTEM.xfs, 'xfs'],
]);

/** What a client is told about each thing that is missing. */
const WARNINGS = [
  ['MemoryLimit', 'No memory limit support'],
  ['SwapLimit', 'No swap limit support'],
  ['CpuCfsQuota', 'No cpu cfs quota support'],
  ['CpuCfsPeriod', 'No cpu cfs period support'],
  ['CPUShares', 'No cpu shares support'],
  ['CPUSet', 'No cpuset support'],
  ['IPv4Forwarding', 'IPv4 forwarding is disabled'],
] as const;

/** What the engine says about itself and its machine. */
export function info(engine: Engine) {
  const { node, release, machine } = systemName();
  const containers = engine.containers.all();
  const count = (...statuses: string[]) =>
    containers.filter(({ state }) => statuses.includes(state.status)).length;
  const paused = count('paused');
  const limits = supportedLimits();
  const warnings = WARNINGS.flatMap(([key, text]) => (limits[key] ? [] : [`WARNING: ${text}`]));
  const running = count('running', 'restarting');
  return {
    ID: readTextIfExists('/etc/machine-id')?.trim() || node,
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: containers.length - running - paused,
    Images: engine.images.list().length,
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', backingFilesystem(engine.options.root)],
      ['Supports d_type', 'true'],
      ['Native Overlay Diff', 'true'],
    ],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: LOG_DRIVERS,
    },
    ...limits,
    BridgeNfIptables: false,
    BridgeNfIp6tables: false,
    Debug: false,
    NFd: readDirectory('/proc/self/fd').length,
    OomKillDisable: false,
    NGoroutines: 1,
    SystemTime: timestamp(),
    LoggingDriver: 'json-file',
    CgroupDriver: 'cgroupfs',
    CgroupVersion: '2',
    NEventsListener: engine.events.subscriberCount,
    KernelVersion: release,
    OperatingSystem: `Paddock ${engine.options.version}`,
    OSVersion: engine.options.version,
    OSType: 'linux',
    Architecture: machine,
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registryConfig(engine.options.registries),
    NCPU: cpuCount(),
    MemTotal: totalMemory(),
    GenericResources: null,
    DockerRootDir: engine.options.root,
    HttpProxy: proxyUrl('HTTP_PROXY'),
    HttpsProxy: proxyUrl('HTTPS_PROXY'),
    NoProxy: environmentVariable('NO_PROXY') ?? '',
    Name: node,
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: ENGINE_VERSION,
    Runtimes: { crun: { path: 'crun' } },
    DefaultRuntime: 'crun',
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
    LiveRestoreEnabled: false,
    Isolation: '',
    InitBinary: 'docker-init',
    ContainerdCommit: { ID: '' },
    RuncCommit: { ID: '' },
    InitCommit: { ID: '' },
    SecurityOptions: [
      ...(engine.host.seccompProfile === undefined ? [] : ['name=seccomp,profile=builtin']),
      'name=cgroupns',
      ...(engine.options.remapping === undefined ? [] : ['name=userns']),
    ],
    CDISpecDirs: [],
    Warnings: warnings.length === 0 ? null : warnings,
  };
}

function backingFilesystem(root: string): string {
  return FILESYSTEM_NAMES.get(filesystemType(root)) ?? '<unknown>';
}

/** What the kernel can limit, by the controllers of control groups that it has. */
function supportedLimits() {
  const controllers = (readTextIfExists('/sys/fs/cgroup/cgroup.controllers') ?? '').trim().split(' ');
  const [cpu, memory] = [controllers.includes('cpu'), controllers.includes('memory')];
  return {
    MemoryLimit: memory,
    SwapLimit: memory && exists('/proc/swaps'),
    CpuCfsPeriod: cpu,
    CpuCfsQuota: cpu,
    CPUShares: cpu,
    CPUSet: controllers.includes('cpuset'),
    PidsLimit: controllers.includes('pids'),
    IPv4Forwarding: readTextIfExists('/proc/sys/net/ipv4/ip_forward')?.trim() === '1',
  };
}
