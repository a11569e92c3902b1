/** A container as `docker inspect` shows it (Engine API 1.51, ContainerInspectResponse). */
import type { HostConfig } from '../../oci/container-config.ts';
import type { Container, ContainerState } from '../containers/container.ts';
import { etcFilePaths } from '../containers/etc-files.ts';
import type { Health } from '../containers/health-check.ts';
import { lowerLayers } from '../containers/root-filesystem.ts';
import { logPath } from '../containers/start.ts';
import type { Engine } from '../engine.ts';
import type { ContainerSize } from '../files/disk-usage.ts';
import { describeLinks } from '../networks/links.ts';
import { networkSettings } from './network-answers.ts';

/** The whole answer; its sizes only if they were measured. */
export function inspectContainer(
  engine: Engine,
  container: Container,
  size?: ContainerSize,
): Record<string, unknown> {
  const { record } = container;
  const { config, hostConfig } = record;
  const [path = '', ...args] = record.command;
  const files = etcFilePaths(engine, container);
  const directory = engine.containers.directory(record.id);
  return {
    Id: record.id,
    Created: record.created,
    Path: path,
    Args: args,
    State: inspectState(record.state, container.isRunning),
    Image: record.imageId,
    ResolvConfPath: files.resolvConf,
    HostnamePath: files.hostname,
    HostsPath: files.hosts,
    LogPath: hostConfig.LogConfig?.Type === 'json-file' ? logPath(engine, container) : '',
    Name: `/${record.name}`,
    RestartCount: record.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: runningExecs(container),
    HostConfig: {
      ...inspectHostConfig(hostConfig),
      ...(record.links && { Links: describeLinks(engine.containers, record) }),
    },
    GraphDriver: {
      Name: 'overlay2',
      Data: {
        ID: record.id,
        LowerDir: lowerDirectories(engine, container),
        MergedDir: `${directory}/merged`,
        UpperDir: `${directory}/upper`,
        WorkDir: `${directory}/work`,
      },
    },
    ...(size !== undefined && { SizeRw: size.own, SizeRootFs: size.total }),
    Mounts: record.mounts,
    Config: {
      Hostname: '',
      Domainname: '',
      User: '',
      AttachStdin: false,
      AttachStdout: false,
      AttachStderr: false,
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      Env: null,
      Cmd: null,
      Volumes: null,
      WorkingDir: '',
      Entrypoint: null,
      OnBuild: null,
      Labels: {},
      ...config,
    },
    NetworkSettings: networkSettings(engine, container),
  };
}

/** Empty if the image is gone, which only happens to a broken store. */
function lowerDirectories(engine: Engine, container: Container): string {
  return engine.images.find(container.record.imageId) === undefined
    ? ''
    : lowerLayers(engine, container).join(':');
}

function inspectState(state: ContainerState, isRunning: boolean): Record<string, unknown> {
  return {
    Status: state.status,
    Running: isRunning,
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: state.status === 'dead',
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(state.health !== undefined && { Health: inspectHealth(state.health) }),
  };
}

function inspectHealth({ status, failingStreak, log }: Health): Record<string, unknown> {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ start, end, exitCode, output }) => ({
      Start: start,
      End: end,
      ExitCode: exitCode,
      Output: output,
    })),
  };
}

function runningExecs(container: Container): string[] | null {
  const ids = [...container.execs.values()].filter(({ status }) => status !== 'exited').map(({ id }) => id);
  return ids.length === 0 ? null : ids;
}

/** Docker answers every field, so that the answer can be the next create request. */
function inspectHostConfig(hostConfig: HostConfig): Record<string, unknown> {
  return {
    Binds: null,
    ContainerIDFile: '',
    PortBindings: {},
    AutoRemove: false,
    VolumeDriver: '',
    VolumesFrom: null,
    ConsoleSize: [0, 0],
    CapAdd: null,
    CapDrop: null,
    Dns: [],
    DnsOptions: [],
    DnsSearch: [],
    ExtraHosts: null,
    GroupAdd: null,
    Cgroup: '',
    Links: null,
    OomScoreAdj: 0,
    PidMode: '',
    Privileged: false,
    PublishAllPorts: false,
    ReadonlyRootfs: false,
    SecurityOpt: null,
    UTSMode: '',
    UsernsMode: '',
    Isolation: '',
    CpuShares: 0,
    Memory: 0,
    NanoCpus: 0,
    CgroupParent: '',
    BlkioWeight: 0,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: [],
    BlkioDeviceWriteBps: [],
    BlkioDeviceReadIOps: [],
    BlkioDeviceWriteIOps: [],
    CpuPeriod: 0,
    CpuQuota: 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: '',
    CpusetMems: '',
    Devices: [],
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MemoryReservation: 0,
    MemorySwappiness: null,
    OomKillDisable: null,
    PidsLimit: null,
    Ulimits: [],
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    ...Object.fromEntries(Object.entries(hostConfig).filter(([, value]) => value != null)),
    Runtime: hostConfig.Runtime || 'crun',
    MaskedPaths: hostConfig.MaskedPaths ?? null,
    ReadonlyPaths: hostConfig.ReadonlyPaths ?? null,
  };
}
