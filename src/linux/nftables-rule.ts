/**
 * Rules of nftables in readable parts: matches, then what to do with a packet that has passed all of them (nft(8)).
 * Pure functions.
 *
 * ```
 * rule(not(inputInterface('br0')), destinationPort('tcp', 80), translateDestination({ address, port: 8080 }))
 * ```
 */
import { concatBytes, encodeUtf8 } from './bytes.ts';
import type { PrefixedAddress } from './ip-address.ts';
import {
  type Endpoint,
  type Expression,
  type MetaKey,
  NETWORK_PROTOCOL,
  portBytes,
  type Verdict,
} from './nftables-expression.ts';

export type Rule = readonly Expression[];

/** Passes the packets of which the last comparison in it is true. */
export type Match = readonly Expression[];

const TRANSPORT_PROTOCOL = { tcp: 6, udp: 17, sctp: 132 } as const;
export type TransportProtocol = keyof typeof TRANSPORT_PROTOCOL;

/** Where a header has its fields. */
const ADDRESS_OFFSET = { source: { 4: 12, 16: 8 }, destination: { 4: 16, 16: 24 } } as const;
const PORT_OFFSET = { source: 0, destination: 2 } as const;

/** Bits of the connection's state, and of its status (enum ip_conntrack_status). */
const CONNECTION_STATE = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 } as const;
const CONNECTION_STATUS = { sourceTranslated: 16, destinationTranslated: 32 } as const;
export type ConnectionState = keyof typeof CONNECTION_STATE;
export type ConnectionStatus = keyof typeof CONNECTION_STATUS;

/** RTN_LOCAL of rtnetlink(7). */
const ADDRESS_TYPE_LOCAL = 2;
const INTERFACE_NAME_SIZE = 16;

export function rule(...parts: readonly (readonly Expression[])[]): Rule {
  return parts.flat();
}

/** Passes what the match does not. Of an address, only those of the same family. */
export function not(match: Match): Match {
  const last = match.at(-1);
  if (last?.kind !== 'compare') throw new Error('only a match can be negated');
  return [...match.slice(0, -1), { ...last, is: last.is === 'equal' ? 'unequal' : 'equal' }];
}

/** By which interface it came in. A `*` at the end stands for anything. */
export function inputInterface(name: string): Match {
  return compareMeta('inputName', interfaceName(name));
}

/** By which interface it leaves. A `*` at the end stands for anything. */
export function outputInterface(name: string): Match {
  return compareMeta('outputName', interfaceName(name));
}

/** The packet's source is in a network, or is an address if the prefix has its length. */
export function sourceAddress(network: PrefixedAddress): Match {
  return compareAddress('source', network);
}

/** The same with the destination. */
export function destinationAddress(network: PrefixedAddress): Match {
  return compareAddress('destination', network);
}

/** The source is an address of this machine. */
export function localSource(): Match {
  return [{ kind: 'addressType', of: 'source' }, compare(hostOrder32(ADDRESS_TYPE_LOCAL))];
}

/** The destination is an address of this machine. */
export function localDestination(): Match {
  return [{ kind: 'addressType', of: 'destination' }, compare(hostOrder32(ADDRESS_TYPE_LOCAL))];
}

export function networkProtocol(protocol: keyof typeof NETWORK_PROTOCOL): Match {
  return compareMeta('networkProtocol', new Uint8Array([NETWORK_PROTOCOL[protocol]]));
}

export function transportProtocol(protocol: TransportProtocol): Match {
  return compareMeta('transportProtocol', new Uint8Array([TRANSPORT_PROTOCOL[protocol]]));
}

export function sourcePort(protocol: TransportProtocol, port: number): Match {
  return comparePort(protocol, PORT_OFFSET.source, port);
}

export function destinationPort(protocol: TransportProtocol, port: number): Match {
  return comparePort(protocol, PORT_OFFSET.destination, port);
}

/** The connection is in one of these states. */
export function connectionState(...states: ConnectionState[]): Match {
  return anyBit(
    'state',
    states.map((state) => CONNECTION_STATE[state]),
  );
}

/** The connection has one of these qualities. */
export function connectionStatus(...statuses: ConnectionStatus[]): Match {
  return anyBit(
    'status',
    statuses.map((status) => CONNECTION_STATUS[status]),
  );
}

/** What becomes of the packet, as far as this table is concerned. */
export function verdict(is: Verdict): Rule {
  return [{ kind: 'verdict', verdict: is }];
}

/** Refuses the packet so that the sender knows. A TCP reset needs `transportProtocol('tcp')` before it. */
export function reject(by: 'tcpReset' | 'portUnreachable'): Rule {
  return [{ kind: 'reject', by }];
}

/** Gives the connection another destination, in prerouting or output; none of the other family. (DNAT) */
export function translateDestination(to: Endpoint): Rule {
  return [{ kind: 'translate', what: 'destination', to }];
}

/** Gives the connection another source, in postrouting or input; none of the other family. (SNAT) */
export function translateSource(to: Endpoint): Rule {
  return [{ kind: 'translate', what: 'source', to }];
}

/** Gives the connection the address of the outgoing interface as source, in postrouting. */
export function masquerade(): Rule {
  return [{ kind: 'masquerade' }];
}

/** Leads the connection to a port of this machine, in prerouting or output. Needs a match of its protocol before it. */
export function redirect(port: number): Rule {
  return [{ kind: 'redirect', port }];
}

function compareMeta(key: MetaKey, value: Uint8Array): Match {
  return [{ kind: 'meta', key }, compare(value)];
}

function comparePort(protocol: TransportProtocol, offset: number, port: number): Match {
  return [
    ...transportProtocol(protocol),
    { kind: 'payload', base: 'transport', offset, length: 2 },
    compare(portBytes(port)),
  ];
}

function compareAddress(of: 'source' | 'destination', { bytes, prefixLength }: PrefixedAddress): Match {
  const offset = ADDRESS_OFFSET[of][bytes.length === 4 ? 4 : 16];
  const load = (length: number): Expression => ({ kind: 'payload', base: 'network', offset, length });
  const family = networkProtocolOf(bytes);
  if (prefixLength > 0 && prefixLength % 8 === 0) {
    const length = prefixLength / 8;
    return [...family, load(length), compare(bytes.slice(0, length))];
  }
  const mask = bytes.map((_, index) => 0xff00 >> Math.min(8, Math.max(0, prefixLength - index * 8)));
  const network = bytes.map((byte, index) => byte & (mask[index] ?? 0));
  return [...family, load(bytes.length), { kind: 'bitwise', mask }, compare(network)];
}

function networkProtocolOf(address: Uint8Array): Match {
  return networkProtocol(address.length === 4 ? 'ipv4' : 'ipv6');
}

function anyBit(key: 'state' | 'status', bits: readonly number[]): Match {
  const mask = bits.reduce((all, bit) => all | bit, 0);
  return [
    { kind: 'connection', key },
    { kind: 'bitwise', mask: hostOrder32(mask) },
    { kind: 'compare', is: 'unequal', value: hostOrder32(0) },
  ];
}

function compare(value: Uint8Array): Expression {
  return { kind: 'compare', is: 'equal', value };
}

/** Padded, so that it is compared with its end; a pattern is not. */
function interfaceName(pattern: string): Uint8Array {
  const name = encodeUtf8(pattern);
  if (pattern.endsWith('*')) return name.slice(0, -1);
  if (name.length >= INTERFACE_NAME_SIZE)
    throw new Error(`too long for the name of an interface: ${pattern}`);
  return concatBytes([name, new Uint8Array(INTERFACE_NAME_SIZE - name.length)]);
}

/** What the kernel computes is in the byte order of the machine. */
function hostOrder32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}
