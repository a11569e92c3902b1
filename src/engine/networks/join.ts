/** A container that starts joins its networks; when its run is over it leaves them. */
import { close } from '../../linux/file-descriptor.ts';
import { listLinks } from '../../linux/netlink-link.ts';
import {
  inNetworkNamespace,
  makeNetworkNamespace,
  openNetworkNamespace,
} from '../../linux/network-namespace.ts';
import { makeNetworkNamespaceIn } from '../../linux/user-namespace.ts';
import type { Container } from '../containers/container.ts';
import type { Engine } from '../engine.ts';
import { EngineError } from '../errors.ts';
import { allocateEndpoint } from './allocate-endpoint.ts';
import { plugIn, setDefaultRoute, switchOnLoopback, unplug } from './cable.ts';
import { type Attachment, checkSettings } from './endpoint.ts';
import { gatewayAttachment } from './gateway.ts';
import { removeIdleBridge } from './idle-bridge.ts';
import { updateLinkedHosts } from './linked-hosts.ts';
import { forwardLoopback } from './loopback-forward.ts';
import { isUserDefined, type Network, type NetworkDriver } from './network.ts';
import { publishPorts } from './publish-ports.ts';

/**
 * Makes the network namespace of a container that is about to start, with interfaces, routes and published ports. What is
 * made when it fails is `leaveNetworks`' to undo.
 * @param userNamespace whose root has power over it, if not that of the machine
 * @returns a descriptor of the namespace, to be closed; undefined if the runtime makes one, or none is needed
 * @throws EngineError in Docker's words
 */
export function joinNetworks(
  engine: Engine,
  container: Container,
  userNamespace: number | undefined,
): number | undefined {
  const attachments = Object.entries(container.record.networks);
  try {
    const networks = attachments.map(([name]) => engine.networks.get(name));
    for (const [index, network] of networks.entries()) {
      const attachment = attachments[index]?.[1];
      if (attachment !== undefined) attachment.networkId = network.id;
    }
    const has = (wanted: NetworkDriver) => networks.some(({ driver }) => driver === wanted);
    const make = () =>
      userNamespace === undefined ? makeNetworkNamespace() : makeNetworkNamespaceIn(userNamespace);
    if (has('bridge')) return equipNamespace(engine, container, networks, make());
    // What the runtime makes would not belong to the user namespace.
    if (has('null') && userNamespace !== undefined) return switchOnLoopback(make());
    return undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.status, `failed to set up container networking: ${error.message}`, {
      cause: error,
    });
  }
}

/** Closes the namespace if that fails. */
function equipNamespace(
  engine: Engine,
  container: Container,
  networks: readonly Network[],
  namespace: number,
): number {
  try {
    for (const network of networks) {
      const attachment = container.record.networks[network.name];
      if (attachment !== undefined) addEndpoint(engine, container, network, attachment, namespace);
    }
    chooseGateway(engine, container, namespace);
    publishPorts(engine, container);
    updatePacketFilter(engine);
    updateLinkedHosts(engine, container);
    if (networks.some(isUserDefined)) engine.nameServers.start(container, namespace);
    return namespace;
  } catch (error) {
    close(namespace);
    throw error;
  }
}

/** Gives a container an interface on a network; its namespace is open as `namespace`. */
export function addEndpoint(
  engine: Engine,
  container: Container,
  network: Network,
  attachment: Attachment,
  namespace: number,
): void {
  checkSettings(network, attachment.settings);
  const all = engine.containers.all();
  const endpoint = allocateEndpoint(network, attachment.settings, freeInterfaceName(namespace), all);
  attachment.networkId = network.id;
  attachment.endpoint = endpoint;
  plugIn(network, endpoint, namespace);
  publishNetworkEvent(engine, container, network, 'connect');
}

/** Takes the interface away again. */
export function removeEndpoint(
  engine: Engine,
  container: Container,
  name: string,
  attachment: Attachment,
): void {
  const { endpoint, networkId } = attachment;
  if (endpoint === undefined) return;
  unplug(endpoint);
  attachment.endpoint = undefined;
  const network = engine.networks.find(networkId);
  const described = network ?? { id: networkId, name, driver: 'bridge' as const };
  publishNetworkEvent(engine, container, described, 'disconnect');
  if (network !== undefined) removeIdleBridge(engine, network);
}

/** Leads what is for elsewhere by the network that goes first. */
export function chooseGateway(engine: Engine, { record }: Container, namespace: number): void {
  const gateway = gatewayAttachment(record.networks, engine.networks.list());
  if (gateway?.endpoint !== undefined) setDefaultRoute(gateway.endpoint, namespace);
}

/** Makes the packet filter fit what runs now. */
export function updatePacketFilter(engine: Engine): void {
  engine.packetFilter.update(engine.networks.list(), engine.containers.all());
}

/** Knows what was joined before this program took over: the interfaces and rules are there. */
export function resumeNetworks(engine: Engine, container: Container): void {
  const { record } = container;
  engine.publishedPorts.resume(record.ports);
  forwardLoopback(engine, container);
  const networks = engine.networks.list();
  const joined = Object.values(record.networks).filter(({ endpoint }) => endpoint !== undefined);
  if (
    !joined.some(({ networkId }) =>
      networks.some((network) => network.id === networkId && isUserDefined(network)),
    )
  )
    return;
  const namespace = openNetworkNamespace(record.state.pid);
  try {
    engine.nameServers.start(container, namespace);
  } finally {
    close(namespace);
  }
}

/** Undoes `joinNetworks`, wherever that has got to. */
export function leaveNetworks(engine: Engine, container: Container): void {
  const { record } = container;
  const attachments = Object.entries(record.networks);
  const isOnNetwork = attachments.some(([, { endpoint }]) => endpoint !== undefined);
  if (!isOnNetwork && record.ports.length === 0) return;
  engine.nameServers.stop(container);
  engine.publishedPorts.release(record.ports);
  record.ports = [];
  for (const [name, attachment] of attachments) removeEndpoint(engine, container, name, attachment);
  updatePacketFilter(engine);
}

/** The first of eth0, eth1, … that the container has not. */
function freeInterfaceName(namespace: number): string {
  const names = new Set(inNetworkNamespace(namespace, () => listLinks().map(({ name }) => name)));
  for (let index = 0; ; index++) if (!names.has(`eth${index}`)) return `eth${index}`;
}

function publishNetworkEvent(
  engine: Engine,
  { id }: Container,
  network: Pick<Network, 'id' | 'name' | 'driver'>,
  action: 'connect' | 'disconnect',
): void {
  const attributes = { container: id, name: network.name, type: network.driver };
  engine.events.publish('network', action, network.id, attributes);
}
