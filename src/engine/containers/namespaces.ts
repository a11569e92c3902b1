/** Namespaces and the shared memory that a container joins or lends. */
import { isErrno } from '../../linux/errno.ts';
import { makeDirectories } from '../../linux/file.ts';
import { MS, mount, unmount } from '../../linux/mount.ts';
import { call } from '../../linux/syscall.ts';
import { joinedContainer, type NamespacePaths } from '../../oci/namespaces.ts';
import type { Engine } from '../engine.ts';
import { conflict, EngineError, invalidParameter } from '../errors.ts';
import type { Container } from './container.ts';

/**
 * Where the namespaces are that a container joins. Those of other containers must be running.
 * @param networkNamespace a descriptor of one that was made for it
 */
export function namespacePaths(
  engine: Engine,
  container: Container,
  networkNamespace: number | undefined,
): NamespacePaths {
  const { NetworkMode, PidMode, IpcMode } = container.record.hostConfig;
  const network =
    networkNamespace === undefined
      ? joinedNamespace(engine, NetworkMode, 'net')
      : `/proc/${call('getpid')}/fd/${networkNamespace}`;
  const pid = joinedNamespace(engine, PidMode, 'pid');
  const ipc = joinedNamespace(engine, IpcMode, 'ipc');
  return {
    ...(network !== undefined && { network }),
    ...(pid !== undefined && { pid }),
    ...(ipc !== undefined && { ipc }),
  };
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
  mount('shm', directory, 'tmpfs', MS.NOSUID | MS.NOEXEC | MS.NODEV, `mode=1777,size=${ShmSize}`);
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
