/** What a create request may not ask for beside `--network host` and `--network container:…`. Pure functions. */
import type { ContainerConfig, HostConfig } from '../../oci/container-config.ts';
import { joinedContainer } from '../../oci/namespaces.ts';
import { invalidParameter } from '../errors.ts';

/**
 * Checks it, in Docker's words.
 * @param config the request's own, without what the image adds
 * @returns warnings for what has no effect
 * @throws EngineError 400
 */
export function checkNetworkMode(config: ContainerConfig, hostConfig: HostConfig): string[] {
  const { NetworkMode, UTSMode, Links, Dns, ExtraHosts, PortBindings, PublishAllPorts } = hostConfig;
  const isHost = NetworkMode === 'host';
  const isJoined = joinedContainer(NetworkMode) !== undefined;
  const hasBindings = Object.keys(PortBindings ?? {}).length > 0;
  const isTold = (list: readonly string[] | null | undefined) => (list ?? []).length > 0;
  const undefinedBehavior = 'This would result in undefined behavior';
  const conflicts: [isThere: boolean, what: string][] = [
    [UTSMode === 'host' && !!config.Hostname, 'hostname and the UTS mode'],
    [isHost && isTold(Links), `host type networking can't be used with links. ${undefinedBehavior}`],
    [isJoined && !!config.Hostname, 'hostname and the network mode'],
    [isJoined && isTold(Links), `container type network can't be used with links. ${undefinedBehavior}`],
    [isJoined && isTold(Dns), 'dns and the network mode'],
    [isJoined && isTold(ExtraHosts), 'custom host-to-IP mapping and the network mode'],
    [
      isJoined && (hasBindings || PublishAllPorts === true),
      'port publishing and the container type network mode',
    ],
    [
      isJoined && Object.keys(config.ExposedPorts ?? {}).length > 0,
      'port exposing and the container type network mode',
    ],
    [(isHost || isJoined) && !!config.MacAddress, 'mac-address and the network mode'],
  ];
  const conflict = conflicts.find(([isThere]) => isThere);
  if (conflict !== undefined) throw invalidParameter(`conflicting options: ${conflict[1]}`);
  return isHost && hasBindings ? ['Published ports are discarded when using host network mode'] : [];
}
