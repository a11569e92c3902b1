/** Ping, version, info, events: the routes about the engine itself. */

import { queryValue } from '../../http/query.ts';
import type { Route, RouteContext } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { currentTime, timestamp } from '../../linux/clock.ts';
import { cpuCount } from '../../linux/cpu.ts';
import { setTimer } from '../../linux/event-loop.ts';
import { readTextIfExists } from '../../linux/file.ts';
import { totalMemory } from '../../linux/memory.ts';
import { environmentVariable } from '../../linux/process.ts';
import { systemName } from '../../linux/system-name.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { type EngineEvent, eventJson } from '../events.ts';
import { OutputClient } from '../streams/output-client.ts';
import { serveDiskUsage } from './disk-usage.ts';
import { type Filters, parseFilters } from './filters.ts';
import { proxyUrl, registryConfig } from './registry-info.ts';
import { API_VERSION, ENGINE_VERSION, MINIMUM_API_VERSION } from './version.ts';

/** None: the same sources give the same bytes, whenever they are built. */
const BUILD_TIME = '1970-01-01T00:00:00.000000000+00:00';

/** All routes about the engine. */
export function systemRoutes(engine: Engine): Route[] {
  return [
    ...['GET', 'HEAD'].map((method) => ({ method, template: '/_ping', handler: ping })),
    {
      method: 'GET',
      template: '/version',
      handler: async ({ response }) => response.json(await version(engine)),
    },
    { method: 'GET', template: '/info', handler: ({ response }) => response.json(info(engine)) },
    { method: 'GET', template: '/system/df', handler: (context) => serveDiskUsage(engine, context) },
    { method: 'GET', template: '/events', handler: (context) => serveEvents(engine, context) },
  ];
}

async function ping({ response }: RouteContext): Promise<void> {
  response.setHeader('Builder-Version', '1');
  response.setHeader('Swarm', 'inactive');
  response.setHeader('Cache-Control', 'no-cache, no-store, must-revalidate');
  response.setHeader('Pragma', 'no-cache');
  await response.send(encodeUtf8('OK'), 'text/plain; charset=utf-8');
}

async function version({ options, runtime, host: { architecture } }: Engine) {
  const { release } = systemName();
  const crun = await runtime.version();
  const details = {
    ApiVersion: API_VERSION,
    Arch: architecture,
    BuildTime: BUILD_TIME,
    Experimental: 'false',
    GitCommit: options.version,
    GoVersion: 'none (QuickJS)',
    KernelVersion: release,
    MinAPIVersion: MINIMUM_API_VERSION,
    Os: 'linux',
  };
  return {
    Platform: { Name: `Paddock ${options.version}` },
    Components: [
      { Name: 'Engine', Version: ENGINE_VERSION, Details: details },
      { Name: 'crun', Version: crun.version, Details: { GitCommit: crun.commit } },
    ],
    Version: ENGINE_VERSION,
    ApiVersion: API_VERSION,
    MinAPIVersion: MINIMUM_API_VERSION,
    GitCommit: options.version,
    GoVersion: details.GoVersion,
    Os: 'linux',
    Arch: architecture,
    KernelVersion: release,
    BuildTime: BUILD_TIME,
  };
}

function info(engine: Engine) {
  const { node, release, machine } = systemName();
  const containers = engine.containers.all();
  const count = (...statuses: string[]) =>
    containers.filter(({ state }) => statuses.includes(state.status)).length;
  const paused = count('paused');
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
      ['Backing Filesystem', 'extfs'],
      ['Supports d_type', 'true'],
      ['Native Overlay Diff', 'true'],
    ],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: ['json-file', 'none'],
    },
    MemoryLimit: true,
    SwapLimit: true,
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: true,
    PidsLimit: true,
    IPv4Forwarding: readTextIfExists('/proc/sys/net/ipv4/ip_forward')?.trim() === '1',
    BridgeNfIptables: false,
    BridgeNfIp6tables: false,
    Debug: false,
    NFd: -1,
    OomKillDisable: false,
    NGoroutines: 1,
    SystemTime: timestamp(),
    LoggingDriver: 'json-file',
    CgroupDriver: 'cgroupfs',
    CgroupVersion: '2',
    NEventsListener: 0,
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
    ],
    CDISpecDirs: [],
    Warnings: null,
  };
}

const EVENT_FILTERS = [
  'type',
  'event',
  'container',
  'image',
  'volume',
  'network',
  'label',
  'daemon',
  'scope',
];

/** Sends the events that are kept and fall into the range, then new ones, until the range or the client ends. */
async function serveEvents(engine: Engine, { query, request, response }: RouteContext): Promise<void> {
  const filters = parseFilters(query);
  filters.accept(EVENT_FILTERS);
  const since = instant(queryValue(query, 'since'), 'since');
  const until = instant(queryValue(query, 'until'), 'until');
  const now = currentTime();
  const isWanted = (event: EngineEvent) =>
    eventMatches(event, filters) && (until === undefined || event.timeNano <= until);
  await response.startChunked();
  await new Promise<void>((resolve) => {
    const client = new OutputClient((data) => response.write(data), resolve);
    const send = (event: EngineEvent) => {
      if (isWanted(event)) client.push(encodeUtf8(eventJson(event)));
    };
    if (since !== undefined) {
      for (const event of engine.events.recent()) if (event.timeNano >= since) send(event);
    }
    const unsubscribe = engine.events.subscribe(send);
    const finish = () => client.flushed().then(resolve);
    const remaining = until === undefined ? undefined : Number(until / 1_000_000n) - now.seconds * 1000;
    const cancel = remaining === undefined ? () => {} : setTimer(Math.max(0, remaining), finish);
    request.onDisconnect(() => {
      cancel();
      unsubscribe();
      resolve();
    });
  });
  await response.end();
}

/** Seconds since 1970, with a fraction, as nanoseconds. */
function instant(text: string | undefined, name: string): bigint | undefined {
  if (text === undefined || text === '') return undefined;
  const match = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) throw invalidParameter(`invalid value for "${name}": ${text} is not a Unix time`);
  return BigInt(match[1] ?? 0) * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
}

function eventMatches(event: EngineEvent, filters: Filters): boolean {
  const { ID, Attributes } = event.Actor;
  const isObject = (type: string) => (value: string) =>
    event.Type === type && (ID.startsWith(value) || Attributes['name'] === value.replace(/^\//, ''));
  return (
    filters.matches('type', (type) => type === event.Type) &&
    filters.matches('event', (action) => action === event.Action || event.Action.startsWith(`${action}:`)) &&
    filters.matches('container', isObject('container')) &&
    filters.matches('volume', isObject('volume')) &&
    filters.matches('network', isObject('network')) &&
    filters.matches(
      'image',
      (image) =>
        ID.startsWith(image) ||
        Attributes['image'] === image ||
        (event.Type === 'image' && Attributes['name'] === image),
    ) &&
    filters.matches('scope', (scope) => scope === 'local') &&
    filters.matchesLabels(Attributes)
  );
}
