/** `docker start`: root filesystem, `/etc` files, runtime specification, streams, crun. */

import { timestamp } from '../../linux/clock.ts';
import { isErrno } from '../../linux/errno.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { makeDirectories, writeFile } from '../../linux/file.ts';
import { close } from '../../linux/file-descriptor.ts';
import { log } from '../../linux/log.ts';
import { readTextInRoot } from '../../linux/open-in-root.ts';
import type { ContainerConfig } from '../../oci/container-config.ts';
import type { BindMount } from '../../oci/mounts.ts';
import { joinedContainer } from '../../oci/namespaces.ts';
import { formatRuntimeSpec, runtimeSpec } from '../../oci/runtime-spec.ts';
import type { RuntimeSpec } from '../../oci/runtime-spec-types.ts';
import { resolveUser } from '../../oci/user.ts';
import type { Engine } from '../engine.ts';
import { conflict, invalidParameter, notModified } from '../errors.ts';
import { hostDevices } from '../host-facts.ts';
import { JsonFileLog } from '../logs/json-file-log.ts';
import { logAttributes } from '../logs/log-attributes.ts';
import { keepsFiles, parseLogOptions } from '../logs/log-driver.ts';
import { joinNetworks } from '../networks/join.ts';
import { environmentOfLinks } from '../networks/links.ts';
import type { RunningProcess } from '../runtime/crun.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import { closeEnds } from '../streams/container-streams.ts';
import { openContainerUserNamespace, remappingOf } from '../user-namespaces/container-user-namespace.ts';
import type { Container } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { blockDeviceNumbers, grantedDevices } from './devices.ts';
import { cancelPendingRestart } from './end-process.ts';
import { writeEtcFiles } from './etc-files.ts';
import { handleExit, scheduleRestart } from './exit.ts';
import { beginHealth, startHealthMonitor } from './health-monitor.ts';
import { bindMounts, mountVolumes } from './mounts.ts';
import {
  type MadeNamespaces,
  namespacePaths,
  prepareSharedMemory,
  sharedMemoryPathOf,
} from './namespaces.ts';
import { watchMemory } from './out-of-memory.ts';
import { cgroupOf, releaseRun } from './release.ts';
import { removeContainer } from './remove.ts';
import { mountRoot } from './root-filesystem.ts';

/** Starts a container by request. Throws 304 if it runs, 400 in Docker's words if its process cannot be started. */
export function startContainer(engine: Engine, container: Container): Promise<void> {
  return container.exclusively(async () => {
    const { status } = container.state;
    if (status === 'paused') throw conflict('cannot start a paused container, try unpause instead');
    if (status === 'removing' || status === 'dead') {
      throw conflict('container is marked for removal and cannot be started');
    }
    if (status === 'running') throw notModified();
    cancelPendingRestart(container);
    container.record.isManuallyStopped = false;
    container.record.restartCount = 0;
    container.restartDelay = 0;
    await launch(engine, container);
  });
}

/** Starts a container again by its restart policy. */
function restartByPolicy(engine: Engine, container: Container): Promise<void> {
  return container.exclusively(async () => {
    if (container.state.status !== 'restarting') return;
    container.record.restartCount++;
    await launch(engine, container).catch((error) => {
      log.error(`container ${container.record.name} cannot be restarted: ${errorMessage(error)}`);
    });
  });
}

async function launch(engine: Engine, container: Container): Promise<void> {
  const { state } = container;
  try {
    const running = await makeProcess(engine, container);
    container.isStopping = false;
    container.outOfMemoryKills = 0;
    Object.assign(state, {
      status: 'running',
      pid: running.pid,
      exitCode: 0,
      error: '',
      oomKilled: false,
      startedAt: timestamp(),
    });
    beginHealth(container);
    saveStart(engine, container, running);
    supervise(engine, container, running);
    publishContainerEvent(engine, container, 'start');
  } catch (error) {
    await undoLaunch(engine, container, error);
    throw asRequestError(error);
  }
}

/** A process that would be forgotten by the next engine is ended, by `undoLaunch`; nobody else has its ends yet. */
function saveStart(engine: Engine, container: Container, { ends }: RunningProcess): void {
  try {
    engine.containers.save(container);
  } catch (error) {
    closeEnds(ends);
    container.state.pid = 0;
    throw error;
  }
}

/** Copies the output of a container that runs, watches its health and memory, and learns its end. */
export function supervise(engine: Engine, container: Container, running: RunningProcess): void {
  container.streams.connect(running.ends, container.log);
  watchMemory(engine, container);
  if (container.state.status === 'running') startHealthMonitor(engine, container);
  const restart = () => restartByPolicy(engine, container);
  running.exited.then((status) => handleExit(engine, container, status, restart));
}

/** Lets a container that is to be restarted by its policy wait for that again. */
export function resumeRestart(engine: Engine, container: Container): void {
  scheduleRestart(container, container.restartDelay, () => restartByPolicy(engine, container));
}

/** Mounts, writes and runs what a container needs. What it has made when it fails is `undoLaunch`'s to remove. */
async function makeProcess(engine: Engine, container: Container): Promise<RunningProcess> {
  const rootfs = mountRoot(engine, container);
  const user = openContainerUserNamespace(engine, container);
  let network: number | undefined;
  try {
    network = joinNetworks(engine, container, user);
    return await runIn(engine, container, rootfs, { user, network });
  } finally {
    // From now on the process holds the namespaces.
    for (const namespace of [user, network]) if (namespace !== undefined) close(namespace);
  }
}

async function runIn(
  engine: Engine,
  container: Container,
  rootfs: string,
  namespaces: MadeNamespaces,
): Promise<RunningProcess> {
  const { record } = container;
  mountVolumes(engine, container);
  prepareSharedMemory(engine, container);
  const spec = specFor(engine, container, rootfs, namespaces);
  const directory = engine.containers.directory(container.id);
  const bundle = `${directory}/bundle`;
  makeDirectories(bundle, 0o700);
  writeFile(`${bundle}/config.json`, formatRuntimeSpec(spec), 0o600);
  openLog(engine, container);
  const [height, width] = record.hostConfig.ConsoleSize ?? [0, 0];
  const running = await engine.runtime.run(container.id, bundle, {
    terminal: record.config.Tty === true,
    size: { rows: height, columns: width },
    stdin: record.config.OpenStdin === true,
    owner: remappingOf(engine, record.hostConfig)?.root,
  });
  container.process = spec.process;
  return running;
}

function specFor(
  engine: Engine,
  container: Container,
  rootfs: string,
  namespaces: MadeNamespaces,
): RuntimeSpec {
  const { hostConfig } = container.record;
  const config = processConfig(engine, container);
  const user = resolveUser(config.User ?? '', hostConfig.GroupAdd ?? [], {
    passwd: readTextInRoot(rootfs, '/etc/passwd'),
    group: readTextInRoot(rootfs, '/etc/group'),
  });
  const binds = [...writeEtcFiles(engine, container), ...bindMounts(container)];
  // A container that has the host's /dev needs no nodes of its own in it.
  const hasHostDevices = binds.some(({ destination }) => destination === '/dev');
  const devices = hostConfig.Privileged && !hasHostDevices ? hostDevices() : [];
  const shmPath = sharedMemoryPathOf(engine, container);
  return runtimeSpec(
    config,
    hostConfig,
    {
      rootfs,
      user,
      binds: lastOfEach(binds),
      namespacePaths: namespacePaths(engine, container, namespaces),
      ...(shmPath !== undefined && { shmPath }),
      cgroupsPath: cgroupOf(engine, container).path,
      devices: grantedDevices(hostConfig),
      blockDevices: blockDeviceNumbers(hostConfig),
    },
    { ...engine.host, devices },
  );
}

/** With variables for links, and in another container's network with the host name that is known there. */
function processConfig(engine: Engine, { record }: Container): ContainerConfig {
  const donor = joinedContainer(record.hostConfig.NetworkMode);
  if (donor !== undefined) {
    return { ...record.config, Hostname: engine.containers.find(donor)?.record.config.Hostname };
  }
  const variables = environmentOfLinks(engine.containers, record);
  return variables.length > 0
    ? { ...record.config, Env: [...variables, ...(record.config.Env ?? [])] }
    : record.config;
}

/** A container may mount something of its own over the engine's `/etc/hosts` and its like. */
function lastOfEach(binds: readonly BindMount[]): BindMount[] {
  return [...new Map(binds.map((bind) => [bind.destination, bind])).values()];
}

/** Opens the log of a container that is about to run, or runs. */
export function openLog(engine: Engine, container: Container): void {
  const { Type, Config } = container.record.hostConfig.LogConfig ?? {};
  if (!keepsFiles(Type)) return;
  container.log = new JsonFileLog(logPath(engine, container), {
    ...parseLogOptions(Type, Config ?? {}),
    attributes: logAttributes(container.record, Config ?? {}),
  });
}

/** Where the log of a container lies. */
export function logPath(engine: Engine, container: Container): string {
  return `${engine.containers.directory(container.id)}/${container.id}-json.log`;
}

async function undoLaunch(engine: Engine, container: Container, cause: unknown): Promise<void> {
  container.log?.close();
  container.log = undefined;
  const { state } = container;
  await releaseRun(engine, container);
  state.error = errorMessage(cause);
  state.exitCode = cause instanceof RuntimeError ? cause.exitCode : 128;
  if (state.status !== 'created') state.status = 'exited';
  await container.streams.abandon();
  container.announce('exit');
  container.announce('stop');
  if (container.record.hostConfig.AutoRemove)
    await removeContainer(engine, container, { removeVolumes: true });
  else engine.containers.saveOrReport(container);
}

/** The status for what clients may fix is 400; a full disk and its like are not their fault. */
function asRequestError(error: unknown): unknown {
  if (error instanceof RuntimeError || isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) {
    return invalidParameter(errorMessage(error), { cause: error });
  }
  return error;
}
