/** Namespaces and the shared memory that a container joins or lends. */
import { isErrno } from '../../linux/errno.ts';
import { makeDirectories } from '../../linux/file.ts';
import { MS, mount, unmount } from '../../linux/mount.ts';
import { call } from '../../linux/syscall.ts';
import { joinedContainer, type NamespacePaths } from '../../oci/namespaces.ts';
import type { Engine } from '../engine.ts';
import { conflict, EngineError, invalidParameter } from '../errors.ts';
import { remappingOf } from '../user-namespaces/container-user-namespace.ts';
import type { Container } from './container.ts';

/** Descriptors of namespaces that were made for a container. */
export interface MadeNamespaces {
  readonly user: number | undefined;
  readonly network: number | undefined;
}

/**
 * Where the namespaces are that a container joins. Those of other containers must be running.
 * @param made descriptors of those that were made for it
 */
export function namespacePaths(engine: Engine, container: Container, made: MadeNamespaces): NamespacePaths {
  const { NetworkMode, PidMode, IpcMode } = container.record.hostConfig;
  const network =
    made.network === undefined ? joinedNamespace(engine, NetworkMode, 'net') : pathOf(made.network);
  const pid = joinedNamespace(engine, PidMode, 'pid');
  const ipc = joinedNamespace(engine, IpcMode, 'ipc');
  return {
    ...(made.user !== undefined && { user: pathOf(made.user) }),
    ...(network !== undefined && { network }),
    ...(pid !== undefined && { pid }),
    ...(ipc !== undefined && { ipc }),
  };
}

/** For other programs. */
function pathOf(descriptor: number): string {
  return `/proc/${call('getpid')}/fd/${descriptor}`;
}

/** Of files in `/proc/<pid>/ns`, as Docker calls them. */
const NAMES = { net: 'network namespace', pid: 'PID namespace', ipc: 'IPC namespace' } as const;

function joinedNamespace(
  engine: Engine,
  mode: string | null | undefined,
  kind: keyof typeof NAMES,
): string | undefined {
  const reference = joinedContainer(mode);
  if (reference === undefined) return undefined;
  const donor = engine.containers.find(reference);
  if (donor === undefined) {
    // Not 404: it is not the container that the client has asked for.
    throw new EngineError(500, `joining ${NAMES[kind]} of container: No such container: ${reference}`);
  }
  const { record, state } = donor;
  if (!donor.isAlive) {
    throw conflict(
      `cannot join ${NAMES[kind]} of a non running container: container ${record.name} is ${state.status}`,
    );
  }
  if (kind === 'ipc' && record.hostConfig.IpcMode !== 'shareable') {
    throw invalidParameter(
      `cannot join IPC of a container ${donor.id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
    );
  }
  return `/proc/${state.pid}/ns/${kind}`;
}

/** The shared memory of a container that lends or joins one; undefined if it has one of its own. */
export function sharedMemoryPathOf(engine: Engine, container: Container): string | undefined {
  const { IpcMode } = container.record.hostConfig;
  const donor = joinedContainer(IpcMode);
  if (donor !== undefined) return sharedMemoryDirectory(engine, engine.containers.get(donor));
  return IpcMode === 'shareable' ? sharedMemoryDirectory(engine, container) : undefined;
}

/** Mounts the shared memory that others may join. */
export function prepareSharedMemory(engine: Engine, container: Container): void {
  const { IpcMode, ShmSize } = container.record.hostConfig;
  if (IpcMode !== 'shareable') return;
  const directory = sharedMemoryDirectory(engine, container);
  makeDirectories(directory);
  const { uid, gid } = remappingOf(engine, container.record.hostConfig)?.root ?? { uid: 0, gid: 0 };
  const options = `mode=1777,size=${ShmSize},uid=${uid},gid=${gid}`;
  mount('shm', directory, 'tmpfs', MS.NOSUID | MS.NOEXEC | MS.NODEV, options);
}

/** Unmounts it, if it is mounted. */
export function releaseSharedMemory(engine: Engine, container: Container): void {
  if (container.record.hostConfig.IpcMode !== 'shareable') return;
  try {
    unmount(sharedMemoryDirectory(engine, container));
  } catch (error) {
    if (!isErrno(error, 'EINVAL', 'ENOENT')) throw error;
  }
}

function sharedMemoryDirectory(engine: Engine, container: Container): string {
  return `${engine.containers.directory(container.id)}/shm`;
}
