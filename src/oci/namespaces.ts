/** Which namespaces a container gets, shares with the host or joins, from the modes of its HostConfig. */
import type { HostConfig } from './container-config.ts';
import { FormatError } from './errors.ts';
import type { NamespaceType, SpecNamespace } from './runtime-spec-types.ts';

/** Paths such as `/proc/<pid>/ns/net`, found out by the engine. */
export interface NamespacePaths {
  /** Of the container in `container:<id>`, or of a network namespace that was made for this container. */
  readonly network?: string;
  /** Of a namespace that was made for this container, or for one that it joins; without it, it is the machine's. */
  readonly user?: string;
  /** Of the container in `container:<id>`. */
  readonly pid?: string;
  /** Of the container in `container:<id>`. */
  readonly ipc?: string;
}

/** Whose a namespace is: the host's, the container's own, or another container's. */
export type NamespaceOwner = 'host' | 'own' | 'joined';

export type NamespaceOwners = Readonly<Record<'network' | 'pid' | 'ipc' | 'uts' | 'cgroup', NamespaceOwner>>;

const CONTAINER = 'container:';

/** The name or id in a mode `container:<name or id>`. */
export function joinedContainer(mode: string | null | undefined): string | undefined {
  return mode?.startsWith(CONTAINER) === true ? mode.slice(CONTAINER.length) : undefined;
}

/** Reads all modes; the errors for unknown ones are Docker's. */
export function namespaceOwners(hostConfig: HostConfig): NamespaceOwners {
  return {
    network: networkOwner(hostConfig.NetworkMode ?? ''),
    pid: owner('PID', hostConfig.PidMode, ['', 'private']),
    ipc: owner('IPC', hostConfig.IpcMode, ['', 'private', 'shareable', 'none']),
    uts: hostOrOwn('UTS mode', hostConfig.UTSMode, ['']),
    cgroup: hostOrOwn('cgroup namespace mode', hostConfig.CgroupnsMode, ['', 'private']),
  };
}

/** Every other mode names a network, in a namespace of the container's own. */
function networkOwner(mode: string): NamespaceOwner {
  if (mode === 'host') return 'host';
  const other = joinedContainer(mode);
  if (other === '') throw new FormatError('invalid container format container:<name|id>');
  return other === undefined ? 'own' : 'joined';
}

function owner(kind: string, mode: string | null | undefined, own: readonly string[]): NamespaceOwner {
  const other = joinedContainer(mode);
  if (other === undefined) return hostOrOwn(`${kind} mode`, mode, own);
  if (other === '') throw new FormatError(`invalid ${kind} mode: ${mode}`);
  return 'joined';
}

function hostOrOwn(what: string, mode: string | null | undefined, own: readonly string[]): NamespaceOwner {
  if (mode === 'host') return 'host';
  if (own.includes(mode ?? '')) return 'own';
  throw new FormatError(`invalid ${what}: ${mode}`);
}

/** The namespaces for the runtime specification, in Docker's order. */
export function specNamespaces(owners: NamespaceOwners, paths: NamespacePaths): SpecNamespace[] {
  const namespaces: SpecNamespace[] = [{ type: 'mount' }];
  const add = (type: NamespaceType, whose: NamespaceOwner, path: string | undefined) => {
    if (whose === 'joined' && path === undefined) {
      throw new FormatError(`no path of the ${type} namespace to join is given`);
    }
    if (whose !== 'host') namespaces.push(path === undefined ? { type } : { type, path });
  };
  if (paths.user !== undefined) namespaces.push({ type: 'user', path: paths.user });
  add('network', owners.network, paths.network);
  add('uts', owners.uts, undefined);
  add('pid', owners.pid, paths.pid);
  add('ipc', owners.ipc, paths.ipc);
  add('cgroup', owners.cgroup, undefined);
  return namespaces;
}
