/** The cable between a container and the bridge of a network: a pair of interfaces (veth(4)). */
import { close } from '../../linux/file-descriptor.ts';
import { parseAddress } from '../../linux/ip-address.ts';
import { addAddress } from '../../linux/netlink-address.ts';
import { createVethPair, setHairpin, setIsolated } from '../../linux/netlink-bridge.ts';
import { deleteLink, findLink, type Link, setLinkUp } from '../../linux/netlink-link.ts';
import { replaceDefaultRoute } from '../../linux/netlink-route.ts';
import { inNetworkNamespace } from '../../linux/network-namespace.ts';
import { ensureBridge } from './bridge.ts';
import { cableName, type Endpoint, type EndpointAddress } from './endpoint.ts';
import { bridgeSettings, type Network } from './network.ts';

/**
 * Plugs a container in: its interface is there, has its addresses and is switched on when this returns.
 * @param namespace a descriptor of the container's network namespace
 */
export function plugIn(network: Network, endpoint: Endpoint, namespace: number): void {
  const bridge = ensureBridge(network);
  const { mtu, allowsNeighbours } = bridgeSettings(network);
  const size = mtu === undefined ? {} : { mtu };
  const port = createVethPair(
    { name: cableName(endpoint), master: bridge, ...size },
    {
      name: endpoint.interfaceName,
      hardwareAddress: endpoint.macAddress,
      namespace: { fd: namespace },
      ...size,
    },
  );
  try {
    // A container reaches itself by a port that it has published.
    setHairpin(port, true);
    if (!allowsNeighbours) setIsolated(port, true);
    inNetworkNamespace(namespace, () => configure(endpoint));
    setLinkUp(port, true);
  } catch (error) {
    deleteLink(port);
    throw error;
  }
}

/** Removes both ends. A cable that is gone is fine. */
export function unplug(endpoint: Endpoint): void {
  const port = findLink(cableName(endpoint));
  if (port !== undefined) deleteLink(port);
}

/** Sends what is for elsewhere by one of the container's networks. */
export function setDefaultRoute({ interfaceName, ipv4, ipv6 }: Endpoint, namespace: number): void {
  inNetworkNamespace(namespace, () => {
    const link = interfaceNamed(interfaceName);
    for (const { gateway } of addressesOf({ ipv4, ...(ipv6 && { ipv6 }) })) {
      replaceDefaultRoute(link, bytesOf(gateway));
    }
  });
}

/** Switches a network namespace's own interface on. Returns the namespace, which is closed if that fails. */
export function switchOnLoopback(namespace: number): number {
  try {
    inNetworkNamespace(namespace, switchOnOwnLoopback);
    return namespace;
  } catch (error) {
    close(namespace);
    throw error;
  }
}

function switchOnOwnLoopback(): void {
  const loopback = findLink('lo');
  if (loopback !== undefined) setLinkUp(loopback, true);
}

function configure(endpoint: Endpoint): void {
  switchOnOwnLoopback();
  const link = interfaceNamed(endpoint.interfaceName);
  for (const { address, prefixLength } of addressesOf(endpoint)) {
    addAddress(link, { bytes: bytesOf(address), prefixLength }, { isUnique: address.includes(':') });
  }
  setLinkUp(link, true);
}

function addressesOf({ ipv4, ipv6 }: Pick<Endpoint, 'ipv4' | 'ipv6'>): EndpointAddress[] {
  return [ipv4, ...(ipv6 ? [ipv6] : [])];
}

function interfaceNamed(name: string): Link {
  const link = findLink(name);
  if (link === undefined) throw new Error(`the container has no interface ${name}`);
  return link;
}

function bytesOf(address: string): Uint8Array {
  const bytes = parseAddress(address);
  if (bytes === undefined) throw new Error(`not an address: ${address}`);
  return bytes;
}
