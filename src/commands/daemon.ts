/** `system-docker daemon`: System Docker, as process 1 or, for tests and nesting, as an ordinary process. */

import { osVersion } from '../config/machine.ts';
import { createApiServer } from '../engine/api/server.ts';
import { type Engine, openEngine } from '../engine/engine.ts';
import { readHostFacts } from '../engine/host-facts.ts';
import { parseLogOptions } from '../engine/logs/log-driver.ts';
import { defaultPools, parsePoolRange } from '../engine/networks/address-pools.ts';
import { addressOfBridge } from '../engine/networks/bridge.ts';
import type { NetworkDefaults } from '../engine/networks/default-networks.ts';
import { cleanUpAfterCrash, startByPolicy } from '../engine/recover.ts';
import { HANDOVER_FORMAT, type Handover, readHandover } from '../engine/reexec/handover.ts';
import { confirmReexec } from '../engine/reexec/route.ts';
import { takeOver } from '../engine/reexec/take-over.ts';
import { stopAllContainers } from '../engine/stop-all.ts';
import type { Remapping } from '../engine/user-namespaces/remapping.ts';
import { shutdownRoute } from '../init/shutdown-request.ts';
import { onShutdownSignal } from '../init/shutdown-signals.ts';
import { startShutdown } from '../init/start-shutdown.ts';
import { encodeUtf8 } from '../linux/bytes.ts';
import { becomeSubreaper, startReaping } from '../linux/child.ts';
import { describeError, errorMessage } from '../linux/error-report.ts';
import { makeDirectories } from '../linux/file.ts';
import { close, O, withFile, writeAll } from '../linux/file-descriptor.ts';
import { logToKernel } from '../linux/kernel-log.ts';
import { log } from '../linux/log.ts';
import { execute, exit, spawn } from '../linux/process.ts';
import { onSignal } from '../linux/signal.ts';
import { isTerminal } from '../linux/terminal.ts';
import { formatUrl, parseUrl } from '../registry/url.ts';
import { COMPOSE_LABEL, PROJECT } from '../services/labels.ts';
import { type FlagValues, parseFlags, UsageError } from './docker/flags.ts';

const FLAGS = {
  host: { kind: 'list', help: 'Address to listen on: unix:///path or tcp://address:port' },
  root: { kind: 'string', help: 'Where images, containers and volumes are kept' },
  'exec-root': { kind: 'string', help: 'Where the state of running containers is kept' },
  'system-images': { kind: 'string', help: 'A read-only store of further images' },
  'seccomp-profile': { kind: 'string', help: 'The default seccomp profile' },
  'init-path': { kind: 'string', help: 'The program for --init' },
  'cgroup-parent': { kind: 'string', help: "The control group above all containers'" },
  bridge: { kind: 'string', help: 'The bridge of containers that ask for no network, or none' },
  bip: { kind: 'string', help: 'Its address with the length of the prefix, such as 172.18.42.1/16' },
  'fixed-cidr': { kind: 'string', help: 'The part of its network from which containers get addresses' },
  mtu: { kind: 'integer', help: 'The largest packet on it, in bytes' },
  'default-address-pool': {
    kind: 'list',
    help: 'Where further networks get addresses: base=10.0.0.0/8,size=24',
  },
  dns: { kind: 'list', help: 'Name servers of containers that name none' },
  'dns-search': { kind: 'list', help: 'Domains in which they look for names' },
  'dns-opt': { kind: 'list', help: 'Options of their resolv.conf' },
  'log-opt': { kind: 'list', help: 'Default options of container logs, such as max-size=25m' },
  handover: { kind: 'string', help: 'Go on where the engine stopped that this one replaces: a descriptor' },
  'handover-format': { kind: 'boolean', help: 'Print the format of handovers that this engine understands' },
  'insecure-registry': {
    kind: 'list',
    help: 'Registries or networks that are reached without certificates or TLS',
  },
  'registry-mirror': { kind: 'list', help: 'URLs of mirrors of Docker Hub' },
  'userns-remap': {
    kind: 'string',
    help: 'Whose subordinate ids users of containers are: default, user[:group] or uid[:gid]',
  },
  'extra-arg': {
    kind: 'list',
    help: 'A further word of these; all are left out with a warning if they are wrong',
  },
  machine: { kind: 'boolean', help: 'Start the services of the machine, and shut it down when asked to' },
} as const;

/** What `--extra-arg` may be: not what the machine rests on. */
const EXTRA_FLAGS = {
  host: FLAGS.host,
  bridge: FLAGS.bridge,
  bip: FLAGS.bip,
  'fixed-cidr': FLAGS['fixed-cidr'],
  mtu: FLAGS.mtu,
  'default-address-pool': FLAGS['default-address-pool'],
  dns: FLAGS.dns,
  'dns-search': FLAGS['dns-search'],
  'dns-opt': FLAGS['dns-opt'],
  'log-opt': FLAGS['log-opt'],
  'insecure-registry': FLAGS['insecure-registry'],
  'registry-mirror': FLAGS['registry-mirror'],
} as const;

const DEFAULTS = {
  host: 'unix:///var/run/system-docker.sock',
  root: '/var/lib/system-docker',
  'exec-root': '/run/system-docker',
  'seccomp-profile': '/usr/share/paddock/seccomp.json',
  'init-path': '/usr/bin/docker-init',
  'cgroup-parent': '/docker',
  bridge: 'docker-sys',
  bip: '172.18.42.1/16',
} as const;

const DEFAULT_MTU = 1500;
const STDERR = 2;

type Flags = FlagValues<typeof FLAGS>;

/** Runs the engine until a signal ends it. As process 1 of the machine it never ends: it rather opens the recovery console. */
export async function daemonCommand(args: string[]): Promise<number> {
  const { flags: given } = parseFlags(FLAGS, args);
  if (given['handover-format']) {
    writeAll(1, encodeUtf8(`${HANDOVER_FORMAT}\n`));
    return 0;
  }
  const flags = withExtraArguments(given);
  try {
    await runDaemon(flags);
  } catch (error) {
    if (!flags.machine) throw error;
    log.error('System Docker does not start', error);
    return execute('/usr/bin/recovery', ['recovery', describeError(error)], host.environment);
  }
  return new Promise(() => {});
}

/** The flags with those of `--extra-arg` behind them; one mistake in these, and none of them counts. */
function withExtraArguments(flags: Flags): Flags {
  const words = flags['extra-arg'];
  if (words.length === 0) return flags;
  try {
    const { flags: extra, args } = parseFlags(EXTRA_FLAGS, words);
    if (args.length > 0) throw new UsageError(`unexpected "${args[0]}"`);
    const given = Object.entries(extra).filter(([, value]) => value !== undefined);
    const joined = given.map(([name, value]) => {
      const before = flags[name as keyof typeof EXTRA_FLAGS];
      return [name, Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value];
    });
    const all = { ...flags, ...Object.fromEntries(joined) };
    networkDefaults(all);
    registryMirrors(all);
    parseLogOptions('json-file', logOptions(all['log-opt']));
    return all;
  } catch (error) {
    warnOnConsole(`rancher.system_docker.extra_args: ${errorMessage(error)}; all of them are ignored`);
    return flags;
  }
}

/** What System Docker says goes to a file, where nobody would look for it. */
function warnOnConsole(message: string): void {
  log.warn(message);
  if (isTerminal(STDERR)) return;
  try {
    withFile('/dev/console', O.WRONLY | O.NOCTTY, (fd) =>
      writeAll(fd, encodeUtf8(`paddock: warning: ${message}\n`)),
    );
  } catch {
    // There is none, as in a container.
  }
}

async function runDaemon(flags: Flags): Promise<void> {
  const setting = (name: Exclude<keyof typeof DEFAULTS, 'host' | 'bridge' | 'bip'>) =>
    flags[name] ?? DEFAULTS[name];
  const handover = inheritedHandover(flags);
  becomeSubreaper();
  makeDirectories(setting('root'), 0o711);
  const engine = openEngine(
    {
      root: setting('root'),
      execRoot: setting('exec-root'),
      systemImages: flags['system-images'],
      defaultLogOptions: logOptions(flags['log-opt']),
      cgroupParent: setting('cgroup-parent'),
      registries: {
        insecureRegistries: flags['insecure-registry'],
        mirrors: registryMirrors(flags),
        certificatesDirectory: '/etc/docker/certs.d',
      },
      networks: networkDefaults(flags),
      remapping: await remapping(flags, setting('root'), setting('exec-root')),
      version: osVersion(),
    },
    readHostFacts({ seccompProfile: setting('seccomp-profile'), initPath: setting('init-path') }),
  );
  const resumed = handover === undefined ? undefined : takeOver(engine, handover);
  startReaping();
  await cleanUpAfterCrash(engine, resumed);
  listenOn(engine, flags, handover?.listeners);
  if (flags.machine) onShutdownSignal(startShutdown);
  else endOnSignals(engine);
  if (handover !== undefined) {
    await confirmReexec(handover);
    return;
  }
  if (flags.machine) {
    logToKernel('paddock: api ready');
    spawn({ command: ['/usr/bin/ros-sysinit'], newSession: true });
  }
  engine.networks.restoreBridges();
  // Services of the OS are started by ros-sysinit, each in its turn.
  await startByPolicy(engine, (labels) => flags.machine && labels[COMPOSE_LABEL.PROJECT] === PROJECT);
}

/** Those without it do not load what it takes. */
async function remapping(flags: Flags, root: string, execRoot: string): Promise<Remapping | undefined> {
  const remap = flags['userns-remap'];
  if (remap === undefined) return undefined;
  const { openRemapping } = await import('../engine/user-namespaces/remapping.ts');
  const images = flags['system-images'];
  return openRemapping(remap, [root, ...(images === undefined ? [] : [images])], `${execRoot}/remapped`);
}

function registryMirrors(flags: Flags): string[] {
  return flags['registry-mirror'].map((text) => formatUrl(parseUrl(text)));
}

/** An address that is not named is that of the bridge, if there is one already. */
function networkDefaults(flags: Flags): NetworkDefaults {
  const name = flags.bridge ?? DEFAULTS.bridge;
  const pools = flags['default-address-pool'].map(parsePoolRange);
  return {
    bridge: {
      name,
      address: flags.bip ?? addressOfBridge(name) ?? DEFAULTS.bip,
      range: flags['fixed-cidr'],
      mtu: flags.mtu ?? DEFAULT_MTU,
    },
    addressPools: pools.length > 0 ? pools : defaultPools(),
    dns: { Dns: flags.dns, DnsSearch: flags['dns-search'], DnsOptions: flags['dns-opt'] },
  };
}

/** One that cannot be read means that all containers are lost, as after a crash; but the engine starts. */
function inheritedHandover({ handover }: Flags): Handover | undefined {
  try {
    return handover === undefined ? undefined : readHandover(Number(handover));
  } catch (error) {
    log.error('the containers cannot be taken over', error);
    return undefined;
  }
}

/** An address that cannot be listened on is reported; it is fatal only if there is no other. */
function listenOn(
  engine: Engine,
  { host: addresses, machine }: Flags,
  inherited: Handover['listeners'] = {},
): void {
  const server = createApiServer(engine, machine ? [shutdownRoute] : []);
  const failures: string[] = [];
  const wanted = addresses.length > 0 ? addresses : [DEFAULTS.host];
  for (const address of wanted) {
    try {
      const listener = server.listen(address, inherited[address]);
      log.info(`API listens on ${listener.address}`);
    } catch (error) {
      failures.push(`API does not listen on ${address}: ${errorMessage(error)}`);
    }
  }
  // It listened there before it was told otherwise.
  for (const [address, fd] of Object.entries(inherited)) if (!wanted.includes(address)) close(fd);
  if (failures.length === wanted.length) throw new Error(failures.join('\n'));
  for (const failure of failures) log.error(failure);
}

function endOnSignals(engine: Engine): void {
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    onSignal(name, () => {
      stopAllContainers(engine).then(() => exit(0));
    });
  }
}

function logOptions(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}
