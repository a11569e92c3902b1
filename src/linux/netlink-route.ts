/** The routing table by rtnetlink(7): `ip route`. */
import { concatBytes } from './bytes.ts';
import { isErrno } from './errno.ts';
import { formatAddress, type PrefixedAddress } from './ip-address.ts';
import { routeRequest } from './netlink.ts';
import { ADDRESS_FAMILY, familyOf } from './netlink-address.ts';
import type { LinkName } from './netlink-link.ts';
import {
  attributeNumber,
  decodeAttributes,
  encodeAttribute,
  type NetlinkMessage,
  NLM_F,
} from './netlink-message.ts';

const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;

/** struct rtmsg. */
const HEADER = {
  SIZE: 12,
  FAMILY: 0,
  PREFIX_LENGTH: 1,
  TABLE: 4,
  PROTOCOL: 5,
  SCOPE: 6,
  TYPE: 7,
  FLAGS: 8,
} as const;
const RTA = { DESTINATION: 1, OUTPUT_LINK: 4, GATEWAY: 5, PRIORITY: 6 } as const;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RTN_UNICAST = 1;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RTNH_F_ONLINK = 4;

export interface Route {
  readonly family: 'ipv4' | 'ipv6';
  /** Absent: every address, which makes it a default route. */
  readonly destination?: PrefixedAddress;
  readonly gateway?: Uint8Array;
  /** Index of the interface. */
  readonly link?: number;
  /** Of several routes the one with the lowest is taken. */
  readonly priority?: number;
}

/** The unicast routes of the main table. */
export function listRoutes(): Route[] {
  const answer = routeRequest('list routes', RTM_GETROUTE, NLM_F.DUMP, new Uint8Array(HEADER.SIZE));
  return answer.map(decodeRoute).filter((route) => route !== undefined);
}

/** A route as it is added and removed. */
export interface NewRoute {
  /** All zeros with length 0 for a default route. */
  readonly destination: PrefixedAddress;
  readonly gateway?: Uint8Array;
  readonly link: LinkName;
  /** 0: the least, of IPv6 the usual one. */
  readonly priority: number;
  /** The gateway is reached by this interface although no address of it says so. */
  readonly isOnLink?: boolean;
}

/** Adds a route beside those that are there; the same one is fine. */
export function addRoute(route: NewRoute): void {
  try {
    routeRequest(describe('add', route), RTM_NEWROUTE, NLM_F.CREATE | NLM_F.EXCL, encodeRoute(route));
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

/** Removes a route. One that is gone is fine. */
export function removeRoute(route: NewRoute): void {
  try {
    routeRequest(describe('remove', route), RTM_DELROUTE, 0, encodeRoute(route));
  } catch (error) {
    if (!isErrno(error, 'ESRCH', 'ENODEV')) throw error;
  }
}

/** Adds a default route in the place of one that is there. */
export function replaceDefaultRoute(link: LinkName, gateway: Uint8Array): void {
  const destination = { bytes: new Uint8Array(gateway.length), prefixLength: 0 };
  const route = { destination, gateway, link, priority: 0 };
  routeRequest(describe('set', route), RTM_NEWROUTE, NLM_F.CREATE | NLM_F.REPLACE, encodeRoute(route));
}

function describe(verb: string, { destination, gateway, link }: NewRoute): string {
  const to = `${formatAddress(destination.bytes)}/${destination.prefixLength}`;
  return `${verb} route to ${to}${gateway ? ` by ${formatAddress(gateway)}` : ''} on ${link.name}`;
}

export function encodeRoute({
  destination,
  gateway,
  link,
  priority,
  isOnLink = false,
}: NewRoute): Uint8Array {
  const header = new Uint8Array(HEADER.SIZE);
  const hasScope = gateway === undefined && destination.bytes.length === 4;
  header[HEADER.FAMILY] = familyOf(destination.bytes);
  header[HEADER.PREFIX_LENGTH] = destination.prefixLength;
  header[HEADER.TABLE] = RT_TABLE_MAIN;
  header[HEADER.PROTOCOL] = RTPROT_STATIC;
  header[HEADER.SCOPE] = hasScope ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  header[HEADER.TYPE] = RTN_UNICAST;
  header[HEADER.FLAGS] = isOnLink ? RTNH_F_ONLINK : 0;
  return concatBytes([
    header,
    ...(destination.prefixLength > 0 ? [encodeAttribute(RTA.DESTINATION, destination.bytes)] : []),
    ...(gateway ? [encodeAttribute(RTA.GATEWAY, gateway)] : []),
    encodeAttribute(RTA.OUTPUT_LINK, link.index),
    ...(priority > 0 ? [encodeAttribute(RTA.PRIORITY, priority)] : []),
  ]);
}

/** The route that a message describes; undefined if it is not a unicast route of the main table. */
export function decodeRoute({ type, body }: NetlinkMessage): Route | undefined {
  if (type !== RTM_NEWROUTE || body.length < HEADER.SIZE) return undefined;
  if (body[HEADER.TABLE] !== RT_TABLE_MAIN || body[HEADER.TYPE] !== RTN_UNICAST) return undefined;
  const attributes = decodeAttributes(body.subarray(HEADER.SIZE));
  const destination = attributes.get(RTA.DESTINATION)?.slice();
  const gateway = attributes.get(RTA.GATEWAY)?.slice();
  const link = attributeNumber(attributes.get(RTA.OUTPUT_LINK));
  const priority = attributeNumber(attributes.get(RTA.PRIORITY));
  return {
    family: body[HEADER.FAMILY] === ADDRESS_FAMILY.IPV4 ? 'ipv4' : 'ipv6',
    ...(destination
      ? { destination: { bytes: destination, prefixLength: body[HEADER.PREFIX_LENGTH] ?? 0 } }
      : {}),
    ...(gateway ? { gateway } : {}),
    ...(link === undefined ? {} : { link }),
    ...(priority === undefined ? {} : { priority }),
  };
}
