/** Network interfaces by rtnetlink(7): `ip link`. */
import { concatBytes, toHex } from './bytes.ts';
import { routeRequest } from './netlink.ts';
import {
  attributeNumber,
  attributeText,
  decodeAttributes,
  encodeAttribute,
  type NetlinkMessage,
  NLM_F,
} from './netlink-message.ts';

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;

/** struct ifinfomsg. */
const INFO = { SIZE: 16, INDEX: 4, FLAGS: 8, CHANGE: 12 } as const;
const IFLA = { ADDRESS: 1, IFNAME: 3, MTU: 4, LINKINFO: 18 } as const;
const IFLA_INFO_KIND = 1;
/** Flags of netdevice(7). */
const IFF = { UP: 1, LOOPBACK: 8, RUNNING: 0x40 } as const;

export interface Link {
  readonly index: number;
  readonly name: string;
  /** Such as `52:54:00:12:34:56`; empty if it has none. */
  readonly hardwareAddress: string;
  readonly mtu: number;
  readonly isLoopback: boolean;
  /** Whether it was switched on. */
  readonly isUp: boolean;
  /** Whether it works, a cable included. */
  readonly isRunning: boolean;
  /** Of a device made by software, such as `veth`. */
  readonly kind: string | undefined;
}

/** All interfaces of this network namespace. */
export function listLinks(): Link[] {
  const answer = routeRequest('list links', RTM_GETLINK, NLM_F.DUMP, encodeLinkHeader({}));
  return answer.map(decodeLink).filter((link) => link !== undefined);
}

/** Switches an interface on or off. */
export function setLinkUp(link: Link, isUp: boolean): void {
  const header = encodeLinkHeader({ index: link.index, flags: isUp ? IFF.UP : 0, change: IFF.UP });
  routeRequest(`set ${link.name} ${isUp ? 'up' : 'down'}`, RTM_NEWLINK, 0, header);
}

/** Renames an interface, which must be switched off. */
export function renameLink(link: Link, name: string): void {
  const body = concatBytes([encodeLinkHeader({ index: link.index }), encodeAttribute(IFLA.IFNAME, name)]);
  routeRequest(`rename ${link.name} to ${name}`, RTM_NEWLINK, 0, body);
}

export function encodeLinkHeader({
  index = 0,
  flags = 0,
  change = 0,
}: {
  index?: number;
  flags?: number;
  change?: number;
}): Uint8Array {
  const header = new Uint8Array(INFO.SIZE);
  const view = new DataView(header.buffer);
  view.setInt32(INFO.INDEX, index, true);
  view.setUint32(INFO.FLAGS, flags, true);
  view.setUint32(INFO.CHANGE, change, true);
  return header;
}

/** The interface that a message describes; undefined if the message is about something else. */
export function decodeLink({ type, body }: NetlinkMessage): Link | undefined {
  if (type !== RTM_NEWLINK || body.length < INFO.SIZE) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const flags = view.getUint32(INFO.FLAGS, true);
  const attributes = decodeAttributes(body.subarray(INFO.SIZE));
  const linkInfo = decodeAttributes(attributes.get(IFLA.LINKINFO) ?? new Uint8Array());
  return {
    index: view.getInt32(INFO.INDEX, true),
    name: attributeText(attributes.get(IFLA.IFNAME)) ?? '',
    hardwareAddress: toHex(attributes.get(IFLA.ADDRESS) ?? new Uint8Array()).replace(/..(?=.)/g, '$&:'),
    mtu: attributeNumber(attributes.get(IFLA.MTU)) ?? 0,
    isLoopback: (flags & IFF.LOOPBACK) !== 0,
    isUp: (flags & IFF.UP) !== 0,
    isRunning: (flags & IFF.RUNNING) !== 0,
    kind: attributeText(linkInfo.get(IFLA_INFO_KIND)),
  };
}
