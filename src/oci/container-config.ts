/**
 * Docker's `Config` and `HostConfig` as they stand in create requests, in inspect answers and (`Config`) in image
 * configurations: the names of the Engine API 1.51, every field optional and nullable as clients send them.
 * Unknown fields are dropped, wrong types refused.
 */
import * as v from 'valibot';
import { checkValue, integer, keySet, stringMap, withoutNulls } from './json.ts';

const strings = v.array(v.string());

/** Docker takes a single string for a list of one. */
const stringList = v.union([
  v.pipe(
    v.string(),
    v.transform((text) => [text]),
  ),
  strings,
]);

/** All durations are in nanoseconds; 0 means the default, or the image's value when merging. */
const healthcheck = v.object({
  /** `['NONE']`, `['CMD', …]`, `['CMD-SHELL', command]`, or empty to inherit. */
  Test: v.nullish(strings),
  Interval: v.nullish(integer),
  Timeout: v.nullish(integer),
  StartPeriod: v.nullish(integer),
  StartInterval: v.nullish(integer),
  Retries: v.nullish(integer),
});

const containerConfig = v.object({
  Hostname: v.nullish(v.string()),
  Domainname: v.nullish(v.string()),
  /** `user[:group]`, by name or number; see user.ts. */
  User: v.nullish(v.string()),
  AttachStdin: v.nullish(v.boolean()),
  AttachStdout: v.nullish(v.boolean()),
  AttachStderr: v.nullish(v.boolean()),
  /** Keys such as `80/tcp`. */
  ExposedPorts: v.nullish(keySet),
  Tty: v.nullish(v.boolean()),
  OpenStdin: v.nullish(v.boolean()),
  StdinOnce: v.nullish(v.boolean()),
  /** `NAME=value`; a bare `NAME` removes the variable. */
  Env: v.nullish(strings),
  Cmd: v.nullish(stringList),
  Healthcheck: v.nullish(healthcheck),
  Image: v.nullish(v.string()),
  /** Keys are paths in the container. */
  Volumes: v.nullish(keySet),
  WorkingDir: v.nullish(v.string()),
  Entrypoint: v.nullish(stringList),
  NetworkDisabled: v.nullish(v.boolean()),
  MacAddress: v.nullish(v.string()),
  OnBuild: v.nullish(strings),
  Labels: v.nullish(stringMap),
  StopSignal: v.nullish(v.string()),
  /** Seconds. */
  StopTimeout: v.nullish(integer),
  Shell: v.nullish(stringList),
});

const throttleDevice = v.object({ Path: v.string(), Rate: integer });

const mount = v.object({
  Type: v.nullish(v.string()),
  Source: v.nullish(v.string()),
  Target: v.nullish(v.string()),
  ReadOnly: v.nullish(v.boolean()),
  Consistency: v.nullish(v.string()),
  BindOptions: v.nullish(
    v.object({
      Propagation: v.nullish(v.string()),
      NonRecursive: v.nullish(v.boolean()),
      CreateMountpoint: v.nullish(v.boolean()),
      ReadOnlyNonRecursive: v.nullish(v.boolean()),
      ReadOnlyForceRecursive: v.nullish(v.boolean()),
    }),
  ),
  VolumeOptions: v.nullish(
    v.object({
      NoCopy: v.nullish(v.boolean()),
      Labels: v.nullish(stringMap),
      Subpath: v.nullish(v.string()),
      DriverConfig: v.nullish(v.object({ Name: v.nullish(v.string()), Options: v.nullish(stringMap) })),
    }),
  ),
  ImageOptions: v.nullish(v.object({ Subpath: v.nullish(v.string()) })),
  TmpfsOptions: v.nullish(
    v.object({
      SizeBytes: v.nullish(integer),
      /** Permission bits, as a decimal number in JSON. */
      Mode: v.nullish(integer),
      /** Each is `[name]` or `[name, value]`. */
      Options: v.nullish(v.array(strings)),
    }),
  ),
});

const portBinding = v.object({ HostIp: v.nullish(v.string()), HostPort: v.nullish(v.string()) });

/** Null for a port that is bound to nothing. */
const portBindings = v.pipe(
  v.nullable(v.array(portBinding)),
  v.transform((bindings) => bindings ?? []),
);

const consoleLength = v.pipe(integer, v.minValue(0, 'expected a number that is not negative'));

/** Height and width. */
export const consoleSizeSchema = v.nullish(v.tuple([consoleLength, consoleLength]));

const hostConfig = v.object({
  Binds: v.nullish(strings),
  ContainerIDFile: v.nullish(v.string()),
  LogConfig: v.nullish(v.object({ Type: v.nullish(v.string()), Config: v.nullish(stringMap) })),
  /** `default`, `bridge`, `host`, `none`, `container:<name or id>`, or a network's name. */
  NetworkMode: v.nullish(v.string()),
  PortBindings: v.nullish(v.record(v.string(), portBindings)),
  RestartPolicy: v.nullish(v.object({ Name: v.nullish(v.string()), MaximumRetryCount: v.nullish(integer) })),
  AutoRemove: v.nullish(v.boolean()),
  VolumeDriver: v.nullish(v.string()),
  VolumesFrom: v.nullish(strings),
  Mounts: v.nullish(v.array(mount)),
  ConsoleSize: consoleSizeSchema,
  Annotations: v.nullish(stringMap),
  CapAdd: v.nullish(stringList),
  CapDrop: v.nullish(stringList),
  /** `private` or `host`; empty for the default, which is private. */
  CgroupnsMode: v.nullish(v.string()),
  Dns: v.nullish(strings),
  DnsOptions: v.nullish(strings),
  DnsSearch: v.nullish(strings),
  ExtraHosts: v.nullish(strings),
  GroupAdd: v.nullish(strings),
  /** `private`, `shareable`, `host`, `none` or `container:<name or id>`. */
  IpcMode: v.nullish(v.string()),
  Cgroup: v.nullish(v.string()),
  Links: v.nullish(strings),
  OomScoreAdj: v.nullish(integer),
  /** Empty, `host` or `container:<name or id>`. */
  PidMode: v.nullish(v.string()),
  Privileged: v.nullish(v.boolean()),
  PublishAllPorts: v.nullish(v.boolean()),
  ReadonlyRootfs: v.nullish(v.boolean()),
  SecurityOpt: v.nullish(strings),
  StorageOpt: v.nullish(stringMap),
  /** Path in the container → mount options. */
  Tmpfs: v.nullish(stringMap),
  /** Empty or `host`. */
  UTSMode: v.nullish(v.string()),
  UsernsMode: v.nullish(v.string()),
  /** Bytes. */
  ShmSize: v.nullish(integer),
  Sysctls: v.nullish(stringMap),
  Runtime: v.nullish(v.string()),
  Isolation: v.nullish(v.string()),
  CpuShares: v.nullish(integer),
  /** Bytes. */
  Memory: v.nullish(integer),
  /** Billionths of a CPU. */
  NanoCpus: v.nullish(integer),
  CgroupParent: v.nullish(v.string()),
  BlkioWeight: v.nullish(integer),
  BlkioWeightDevice: v.nullish(v.array(v.object({ Path: v.string(), Weight: integer }))),
  BlkioDeviceReadBps: v.nullish(v.array(throttleDevice)),
  BlkioDeviceWriteBps: v.nullish(v.array(throttleDevice)),
  BlkioDeviceReadIOps: v.nullish(v.array(throttleDevice)),
  BlkioDeviceWriteIOps: v.nullish(v.array(throttleDevice)),
  /** Microseconds. */
  CpuPeriod: v.nullish(integer),
  /** Microseconds of a period. */
  CpuQuota: v.nullish(integer),
  CpuRealtimePeriod: v.nullish(integer),
  CpuRealtimeRuntime: v.nullish(integer),
  /** A list such as `0-2,4`. */
  CpusetCpus: v.nullish(v.string()),
  CpusetMems: v.nullish(v.string()),
  Devices: v.nullish(
    v.array(
      v.object({
        PathOnHost: v.string(),
        PathInContainer: v.nullish(v.string()),
        /** Letters of `rwm`; empty means all. */
        CgroupPermissions: v.nullish(v.string()),
      }),
    ),
  ),
  /** Rules such as `c 13:* rwm`. */
  DeviceCgroupRules: v.nullish(strings),
  DeviceRequests: v.nullish(v.array(v.record(v.string(), v.unknown()))),
  /** Bytes. */
  MemoryReservation: v.nullish(integer),
  /** Bytes of memory and swap together; −1 for no limit, 0 for twice `Memory`. */
  MemorySwap: v.nullish(integer),
  MemorySwappiness: v.nullish(integer),
  OomKillDisable: v.nullish(v.boolean()),
  /** 0 and −1 for no limit. */
  PidsLimit: v.nullish(integer),
  Ulimits: v.nullish(v.array(v.object({ Name: v.string(), Hard: integer, Soft: integer }))),
  CpuCount: v.nullish(integer),
  CpuPercent: v.nullish(integer),
  IOMaximumIOps: v.nullish(integer),
  IOMaximumBandwidth: v.nullish(integer),
  /** Null for the default list, an empty list for none. */
  MaskedPaths: v.nullish(strings),
  ReadonlyPaths: v.nullish(strings),
  Init: v.nullish(v.boolean()),
});

/** What runs in a container: command, environment, user. An image has one too. */
export type ContainerConfig = v.InferOutput<typeof containerConfig>;
export type Healthcheck = v.InferOutput<typeof healthcheck>;
/** How the host runs it: mounts, namespaces, limits, rights. */
export type HostConfig = v.InferOutput<typeof hostConfig>;
export type MountRequest = v.InferOutput<typeof mount>;

/** For schemas that contain a configuration. */
export const containerConfigSchema = containerConfig;
export const hostConfigSchema = hostConfig;

/** Checks a parsed JSON value; other fields of a create request beside the configuration's are ignored. */
export function parseContainerConfig(value: unknown): ContainerConfig {
  return withoutNulls(checkValue(containerConfig, value, 'container configuration'));
}

/** Checks a parsed JSON value. */
export function parseHostConfig(value: unknown): HostConfig {
  return withoutNulls(checkValue(hostConfig, value, 'HostConfig'));
}
