/** `docker network connect` and `disconnect`, for containers that run and for others. */

import { close } from '../../linux/file-descriptor.ts';
import { openNetworkNamespace } from '../../linux/network-namespace.ts';
import { lookUp } from '../../oci/look-up.ts';
import { joinedContainer } from '../../oci/namespaces.ts';
import type { Container } from '../containers/container.ts';
import { changeNameService, etcFilePaths, nameService } from '../containers/etc-files.ts';
import { addToHostsFile, removeFromHostsFile } from '../containers/hosts-file.ts';
import type { NameService } from '../containers/resolv-conf.ts';
import type { Engine } from '../engine.ts';
import { conflict, EngineError, invalidParameter } from '../errors.ts';
import { type Attachment, checkSettings, type EndpointSettings } from './endpoint.ts';
import { addEndpoint, chooseGateway, removeEndpoint, updatePacketFilter } from './join.ts';
import type { Network } from './network.ts';
import { publishPorts } from './publish-ports.ts';

/** Puts a container on a further network; one that runs gets the interface at once. */
export async function connectContainer(
  engine: Engine,
  network: Network,
  container: Container,
  settings: EndpointSettings,
): Promise<void> {
  await container.exclusively(async () => {
    const { record } = container;
    checkAttachable(network, container);
    // It may have been removed while this waited for its turn.
    engine.networks.get(network.id);
    if (Object.hasOwn(record.networks, network.name)) {
      throw new EngineError(
        403,
        `endpoint with name ${record.name} already exists in network ${network.name}`,
      );
    }
    checkSettings(network, settings);
    const names = nameService(container, engine.networks.list());
    const attachment: Attachment = { settings, networkId: network.id };
    record.networks[network.name] = attachment;
    try {
      if (container.isAlive) plugInLive(engine, container, network, attachment, names);
    } catch (error) {
      removeEndpoint(engine, container, network.name, attachment);
      delete record.networks[network.name];
      throw error;
    }
    engine.containers.save(container);
  });
}

/** Takes a container off a network. */
export async function disconnectContainer(
  engine: Engine,
  network: Network,
  container: Container,
): Promise<void> {
  await container.exclusively(async () => {
    const { record } = container;
    const attachment = lookUp(record.networks, network.name);
    if (record.hostConfig.NetworkMode === 'host') {
      throw invalidParameter(
        'container cannot be disconnected from host network or connected to host network',
      );
    }
    if (attachment === undefined) {
      throw new EngineError(500, `container ${container.id} is not connected to network ${network.name}`);
    }
    const { endpoint } = attachment;
    const names = nameService(container, engine.networks.list());
    removeEndpoint(engine, container, network.name, attachment);
    delete record.networks[network.name];
    if (endpoint !== undefined) {
      removeFromHostsFile(etcFilePaths(engine, container).hosts, endpoint);
      inNamespaceOf(container, (namespace) => rearrange(engine, container, namespace, names));
    }
    engine.containers.save(container);
  });
}

function plugInLive(
  engine: Engine,
  container: Container,
  network: Network,
  attachment: Attachment,
  namesBefore: NameService,
): void {
  inNamespaceOf(container, (namespace) => {
    addEndpoint(engine, container, network, attachment, namespace);
    rearrange(engine, container, namespace, namesBefore);
  });
  const { endpoint } = attachment;
  if (endpoint !== undefined)
    addToHostsFile(etcFilePaths(engine, container).hosts, container.record, endpoint);
}

/** Another network may be the way out now, and so have the published ports; and names may be known elsewhere. */
function rearrange(engine: Engine, container: Container, namespace: number, namesBefore: NameService): void {
  chooseGateway(engine, container, namespace);
  if (container.record.ports.length === 0) publishPorts(engine, container);
  updatePacketFilter(engine);
  const names = nameService(container, engine.networks.list());
  if (names === namesBefore) return;
  if (names === 'engine') engine.nameServers.start(container, namespace);
  const isTold = changeNameService(engine, container, namesBefore, names);
  if (isTold && names !== 'engine') engine.nameServers.stop(container);
}

function inNamespaceOf({ state }: Container, task: (namespace: number) => void): void {
  const namespace = openNetworkNamespace(state.pid);
  try {
    task(namespace);
  } finally {
    close(namespace);
  }
}

function checkAttachable(network: Network, { record, state, id }: Container): void {
  const { NetworkMode } = record.hostConfig;
  if (state.status === 'removing' || state.status === 'dead') {
    throw conflict(
      `container ${id} is marked for removal and cannot be connected or disconnected to the network`,
    );
  }
  if (network.driver === 'host' || NetworkMode === 'host') {
    throw invalidParameter('container cannot be disconnected from host network or connected to host network');
  }
  if (joinedContainer(NetworkMode) !== undefined) {
    throw invalidParameter(
      'container sharing network namespace with another container or host cannot be connected to any other network',
    );
  }
  if (network.driver === 'null' || NetworkMode === 'none') {
    throw invalidParameter(
      'container cannot be connected to multiple networks with one of the networks in private (none) mode',
    );
  }
}
