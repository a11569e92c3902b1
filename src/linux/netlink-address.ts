/** Addresses of network interfaces by rtnetlink(7): `ip address`. */
import { concatBytes } from './bytes.ts';
import type { PrefixedAddress } from './ip-address.ts';
import { formatAddress } from './ip-address.ts';
import { routeRequest } from './netlink.ts';
import type { LinkName } from './netlink-link.ts';
import { decodeAttributes, encodeAttribute, type NetlinkMessage, NLM_F } from './netlink-message.ts';

const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;

/** struct ifaddrmsg. */
const HEADER = { SIZE: 8, FAMILY: 0, PREFIX_LENGTH: 1, FLAGS: 2, SCOPE: 3, INDEX: 4 } as const;
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;
export const ADDRESS_FAMILY = { IPV4: 2, IPV6: 10 } as const;
const SCOPE_GLOBAL = 0;
const IFA_F_NODAD = 2;

export interface InterfaceAddress extends PrefixedAddress {
  /** Index of the interface that has it. */
  readonly link: number;
  /** Reaches farther than this machine (`host`) or this cable (`link`). */
  readonly isGlobal: boolean;
}

/** The addresses of all interfaces of this network namespace. */
export function listAddresses(): InterfaceAddress[] {
  const answer = routeRequest('list addresses', RTM_GETADDR, NLM_F.DUMP, new Uint8Array(HEADER.SIZE));
  return answer.map(decodeAddress).filter((address) => address !== undefined);
}

export interface AddressOptions {
  /** Of an IPv6 address: nobody else can have it, so it may be used at once, also without a cable. */
  readonly isUnique?: boolean;
}

/** Gives an interface an address; one that it has already is fine. */
export function addAddress(link: LinkName, address: PrefixedAddress, options: AddressOptions = {}): void {
  const flags = NLM_F.CREATE | NLM_F.REPLACE;
  const body = encodeAddress(link.index, address, options);
  routeRequest(describe('add', link, address), RTM_NEWADDR, flags, body);
}

/** Takes an address away from an interface. */
export function removeAddress(link: LinkName, address: PrefixedAddress): void {
  routeRequest(describe('remove', link, address), RTM_DELADDR, 0, encodeAddress(link.index, address));
}

function describe(verb: string, { name }: LinkName, { bytes, prefixLength }: PrefixedAddress): string {
  return `${verb} address ${formatAddress(bytes)}/${prefixLength} of ${name}`;
}

export function familyOf(address: Uint8Array): number {
  return address.length === 4 ? ADDRESS_FAMILY.IPV4 : ADDRESS_FAMILY.IPV6;
}

export function encodeAddress(
  link: number,
  { bytes, prefixLength }: PrefixedAddress,
  { isUnique = false }: AddressOptions = {},
): Uint8Array {
  const header = new Uint8Array(HEADER.SIZE);
  const view = new DataView(header.buffer);
  view.setUint8(HEADER.FAMILY, familyOf(bytes));
  view.setUint8(HEADER.PREFIX_LENGTH, prefixLength);
  view.setUint8(HEADER.FLAGS, isUnique ? IFA_F_NODAD : 0);
  view.setUint32(HEADER.INDEX, link, true);
  const parts = [header, encodeAttribute(IFA.LOCAL, bytes), encodeAttribute(IFA.ADDRESS, bytes)];
  if (bytes.length === 4 && prefixLength < 31)
    parts.push(encodeAttribute(IFA.BROADCAST, broadcastOf(bytes, prefixLength)));
  return concatBytes(parts);
}

/** The address with all bits behind the prefix set. */
function broadcastOf(bytes: Uint8Array, prefixLength: number): Uint8Array {
  return bytes.map((byte, index) => {
    const networkBits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return byte | (0xff >> networkBits);
  });
}

/** The address that a message describes; undefined if the message is about something else. */
export function decodeAddress({ type, body }: NetlinkMessage): InterfaceAddress | undefined {
  if (type !== RTM_NEWADDR || body.length < HEADER.SIZE) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const attributes = decodeAttributes(body.subarray(HEADER.SIZE));
  // On a point-to-point link ADDRESS is the peer's; IPv6 has no LOCAL.
  const bytes = attributes.get(IFA.LOCAL) ?? attributes.get(IFA.ADDRESS);
  if (bytes === undefined) return undefined;
  return {
    link: view.getUint32(HEADER.INDEX, true),
    bytes: bytes.slice(),
    prefixLength: view.getUint8(HEADER.PREFIX_LENGTH),
    isGlobal: view.getUint8(HEADER.SCOPE) === SCOPE_GLOBAL,
  };
}
