/**
 * The packet filter's rules for the networks of containers: one nftables table of our own. A pure function.
 *
 * - Packets from a network to elsewhere get the machine's address as their source (postrouting).
 * - Published ports of the machine lead to containers, for others (prerouting) and for the machine itself (output). What
 *   comes back to the same network, or from the machine's loopback, needs the machine's address as source, too.
 * - Nothing enters a network but answers, and connections to published ports (forward); those not from another network.
 * - The machine's loopback addresses are reached by nobody from a network (raw), although its bridge routes them.
 *
 * Whatever is not about our bridges passes: other engines and the administrator have tables of their own.
 */
import { type PrefixedAddress, parseAddress } from '../../linux/ip-address.ts';
import * as nft from '../../linux/nftables-rule.ts';
import { type Chain, PRIORITY } from '../../linux/nftables-table.ts';
import { addressPools, bridgeSettings, type Network } from './network.ts';
import type { PublishedPort } from './port-bindings.ts';

/** A published port and the address of the container, of the family of its `hostIp`. */
export interface PortRule extends PublishedPort {
  readonly containerAddress: string;
}

/** The chains for networks that have containers, and the ports of these. */
export function rulesFor(networks: readonly Network[], ports: readonly PortRule[]): Chain[] {
  return [
    {
      name: 'raw',
      base: { type: 'filter', hook: 'prerouting', priority: PRIORITY.raw },
      rules: networks.map(dropLoopback),
    },
    ...(ports.length > 0 ? publishing(ports) : []),
    {
      name: 'postrouting',
      base: { type: 'nat', hook: 'postrouting', priority: PRIORITY.sourceNat },
      rules: networks.flatMap(translatingSources),
    },
    { name: 'from-networks', rules: networks.map(dropFrom) },
    {
      name: 'forward',
      base: { type: 'filter', hook: 'forward', priority: PRIORITY.filter },
      rules: [
        nft.rule(nft.connectionState('established', 'related'), nft.verdict('accept')),
        ...networks.flatMap(forwarding),
      ],
    },
  ];
}

function dropLoopback(network: Network): nft.Rule {
  const { name } = bridgeSettings(network);
  return nft.rule(nft.inputInterface(name), nft.destinationAddress(LOOPBACK), nft.verdict('drop'));
}

function publishing(ports: readonly PortRule[]): Chain[] {
  const toPublished = [nft.rule(nft.localDestination(), nft.verdict({ jump: 'published' }))];
  return [
    { name: 'published', rules: ports.map(leadToContainer) },
    {
      name: 'prerouting',
      base: { type: 'nat', hook: 'prerouting', priority: PRIORITY.destinationNat },
      rules: toPublished,
    },
    {
      name: 'output',
      base: { type: 'nat', hook: 'output', priority: PRIORITY.destinationNat },
      rules: toPublished,
    },
  ];
}

function leadToContainer({ protocol, hostIp, hostPort, containerAddress, port }: PortRule): nft.Rule {
  const target = nft.translateDestination({ address: bytesOf(containerAddress), port });
  const isAnywhere = hostIp === '0.0.0.0' || hostIp === '::';
  const where = isAnywhere ? [] : [nft.destinationAddress(single(hostIp))];
  // The kernel routes ::1 nowhere else, and cannot translate what is bound to one cable.
  const notHere = hostIp.includes(':')
    ? [nft.not(nft.destinationAddress(IPV6_LOOPBACK)), nft.not(nft.sourceAddress(LINK_LOCAL))]
    : [];
  return nft.rule(...notHere, ...where, nft.destinationPort(protocol, hostPort), target);
}

function translatingSources(network: Network): nft.Rule[] {
  const { name, masquerades } = bridgeSettings(network);
  const isOutside = nft.not(nft.outputInterface(name));
  const isBack = [nft.outputInterface(name), nft.connectionStatus('destinationTranslated')];
  const ofSubnets = addressPools(network).flatMap(({ subnet }) => {
    const source = nft.sourceAddress(subnet);
    return [
      ...(masquerades && !network.internal ? [nft.rule(source, isOutside, nft.masquerade())] : []),
      nft.rule(source, ...isBack, nft.masquerade()),
    ];
  });
  return [...ofSubnets, nft.rule(nft.outputInterface(name), nft.localSource(), nft.masquerade())];
}

function dropFrom(network: Network): nft.Rule {
  return nft.rule(nft.inputInterface(bridgeSettings(network).name), nft.verdict('drop'));
}

function forwarding(network: Network): nft.Rule[] {
  const { name } = bridgeSettings(network);
  const [incoming, outgoing] = [nft.inputInterface(name), nft.outputInterface(name)];
  const within = nft.rule(incoming, outgoing, nft.verdict('accept'));
  if (network.internal) {
    return [within, nft.rule(incoming, nft.verdict('drop')), nft.rule(outgoing, nft.verdict('drop'))];
  }
  return [
    within,
    nft.rule(outgoing, nft.verdict({ jump: 'from-networks' })),
    nft.rule(outgoing, nft.connectionStatus('destinationTranslated'), nft.verdict('accept')),
    nft.rule(outgoing, nft.verdict('drop')),
  ];
}

const LOOPBACK: PrefixedAddress = { bytes: new Uint8Array([127, 0, 0, 0]), prefixLength: 8 };
const IPV6_LOOPBACK = single('::1');
const LINK_LOCAL: PrefixedAddress = { bytes: bytesOf('fe80::'), prefixLength: 10 };

function single(address: string): PrefixedAddress {
  const bytes = bytesOf(address);
  return { bytes, prefixLength: bytes.length * 8 };
}

function bytesOf(address: string): Uint8Array {
  const bytes = parseAddress(address);
  if (bytes === undefined) throw new Error(`not an address: ${address}`);
  return bytes;
}
