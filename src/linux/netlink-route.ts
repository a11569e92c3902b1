/** The routing table by rtnetlink(7): `ip route`. */
import { concatBytes } from './bytes.ts';
import { formatAddress, type PrefixedAddress } from './ip-address.ts';
import { routeRequest } from './netlink.ts';
import { familyOf } from './netlink-address.ts';
import type { LinkName } from './netlink-link.ts';
import {
  attributeNumber,
  decodeAttributes,
  encodeAttribute,
  type NetlinkMessage,
  NLM_F,
} from './netlink-message.ts';

const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;

/** struct rtmsg. */
const HEADER = { SIZE: 12, FAMILY: 0, PREFIX_LENGTH: 1, TABLE: 4, PROTOCOL: 5, SCOPE: 6, TYPE: 7 } as const;
const RTA = { DESTINATION: 1, OUTPUT_LINK: 4, GATEWAY: 5, PRIORITY: 6 } as const;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RTN_UNICAST = 1;

export interface Route {
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

/** Adds a default route; one that is there already is fine. */
export function addDefaultRoute(link: LinkName, gateway: Uint8Array): void {
  const what = `add default route by ${formatAddress(gateway)} on ${link.name}`;
  const route = { gateway, link: link.index };
  routeRequest(what, RTM_NEWROUTE, NLM_F.CREATE | NLM_F.REPLACE, encodeDefaultRoute(route));
}

export function encodeDefaultRoute({ gateway, link }: { gateway: Uint8Array; link: number }): Uint8Array {
  const header = new Uint8Array(HEADER.SIZE);
  header[HEADER.FAMILY] = familyOf(gateway);
  header[HEADER.TABLE] = RT_TABLE_MAIN;
  header[HEADER.PROTOCOL] = RTPROT_STATIC;
  header[HEADER.TYPE] = RTN_UNICAST;
  return concatBytes([header, encodeAttribute(RTA.GATEWAY, gateway), encodeAttribute(RTA.OUTPUT_LINK, link)]);
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
    ...(destination
      ? { destination: { bytes: destination, prefixLength: body[HEADER.PREFIX_LENGTH] ?? 0 } }
      : {}),
    ...(gateway ? { gateway } : {}),
    ...(link === undefined ? {} : { link }),
    ...(priority === undefined ? {} : { priority }),
  };
}
