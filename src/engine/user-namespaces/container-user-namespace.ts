/** The user namespace of one container. */
import { makeUserNamespace, openUserNamespace } from '../../linux/user-namespace.ts';
import type { HostConfig } from '../../oci/container-config.ts';
import { joinedContainer } from '../../oci/namespaces.ts';
import type { Container } from '../containers/container.ts';
import type { Engine } from '../engine.ts';
import { conflict, invalidParameter } from '../errors.ts';
import type { Remapping } from './remapping.ts';

/** How the users of a container are remapped; undefined if they are those of the machine. */
export function remappingOf(engine: Engine, hostConfig: HostConfig): Remapping | undefined {
  return hostConfig.UsernsMode === 'host' ? undefined : engine.options.remapping;
}

/** Refuses, in Docker's words, what would give a remapped container a namespace of the machine. */
export function checkUserNamespace(engine: Engine, hostConfig: HostConfig): void {
  const { UsernsMode, Privileged, NetworkMode, PidMode } = hostConfig;
  if (UsernsMode && UsernsMode !== 'host')
    throw invalidParameter(`invalid user namespace mode: ${UsernsMode}`);
  if (remappingOf(engine, hostConfig) === undefined) return;
  if (Privileged === true) {
    throw invalidParameter(
      'privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode',
    );
  }
  if (NetworkMode === 'host') {
    throw invalidParameter("cannot share the host's network namespace when user namespaces are enabled");
  }
  if (PidMode === 'host') {
    throw invalidParameter('cannot share the host PID namespace when user namespaces are enabled');
  }
}

/**
 * A descriptor of the user namespace of a container that is about to start, to be closed; undefined if it has none. With
 * another container's network, processes or shared memory it has that one's too, since only root of that may join them.
 */
export function openContainerUserNamespace(engine: Engine, { record }: Container): number | undefined {
  const remapping = remappingOf(engine, record.hostConfig);
  if (remapping === undefined) return undefined;
  checkUserNamespace(engine, record.hostConfig); // it may be older than the option
  const donor = donorOf(engine, record.hostConfig);
  if (donor === undefined) return makeUserNamespace(remapping.mappings);
  if (remappingOf(engine, donor.record.hostConfig) === undefined) {
    throw conflict(
      `cannot join a namespace of container ${donor.record.name}, which is in the host's user namespace: use --userns=host`,
    );
  }
  return openUserNamespace(donor.state.pid);
}

/** One that does not run is reported by who joins its namespaces. */
function donorOf(engine: Engine, { NetworkMode, PidMode, IpcMode }: HostConfig): Container | undefined {
  const donors = [NetworkMode, PidMode, IpcMode].flatMap((mode) => {
    const reference = joinedContainer(mode);
    const donor = reference === undefined ? undefined : engine.containers.find(reference);
    return donor?.isAlive ? [donor] : [];
  });
  const [first] = donors;
  if (donors.some((donor) => donor !== first)) {
    throw conflict('cannot join namespaces of several containers when user namespaces are enabled');
  }
  return first;
}
