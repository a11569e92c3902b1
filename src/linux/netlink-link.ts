/** Network interfaces by rtnetlink(7): `ip link`. */
import { concatBytes } from './bytes.ts';
import { isErrno } from './errno.ts';
import { formatHardwareAddress, parseHardwareAddress } from './hardware-address.ts';
import { routeRequest } from './netlink.ts';
import {
  attributeNumber,
  attributeText,
  decodeAttributes,
  encodeAttribute,
  encodeNested,
  type NetlinkMessage,
  NLM_F,
} from './netlink-message.ts';

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;

/** struct ifinfomsg. */
const INFO = { SIZE: 16, INDEX: 4, FLAGS: 8, CHANGE: 12 } as const;
const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  LINKINFO: 18,
  NET_NS_PID: 19,
  ALIAS: 20,
  NET_NS_FD: 28,
  PERMANENT_ADDRESS: 54,
} as const;
/** Below LINKINFO. SLAVE_* is about the interface as a part of its master. */
const IFLA_INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const;
/** Flags of netdevice(7). */
const IFF = { UP: 1, LOOPBACK: 8, RUNNING: 0x40 } as const;

export interface Link {
  readonly index: number;
  readonly name: string;
  /** Such as `52:54:00:12:34:56`; empty if it has none. */
  readonly hardwareAddress: string;
  /** The one that it was made with, which a port of a bond keeps beside the bond's; empty if it has none. */
  readonly permanentAddress: string;
  readonly mtu: number;
  /** Index of the bridge or bond of which it is a port. */
  readonly master: number | undefined;
  readonly isLoopback: boolean;
  /** Whether it was switched on. */
  readonly isUp: boolean;
  /** Whether it works, a cable included. */
  readonly isRunning: boolean;
  /** A remark that programs may leave on it. */
  readonly alias: string | undefined;
  /** Of a device made by software, such as `veth`. */
  readonly kind: string | undefined;
}

/** How a request names an interface. */
export type LinkName = Pick<Link, 'index' | 'name'>;

/** A network namespace: by a descriptor of it, or as that of a process. */
export type Namespace = { readonly fd: number } | { readonly pid: number };

/** What can be set when an interface is made, and later; an alias only later. */
export interface LinkSettings {
  readonly name?: string;
  /** Such as `52:54:00:12:34:56`. */
  readonly hardwareAddress?: string;
  readonly mtu?: number;
  readonly alias?: string;
  /** Of which bridge or bond it is a port; null: of none. */
  readonly master?: LinkName | null;
  /** The interface on which it lies, if it is a VLAN. */
  readonly parent?: LinkName;
  /** Where it lies: the kernel switches an interface off that moves. */
  readonly namespace?: Namespace;
}

/** A new interface lies where the request is made. */
export type NewLinkSettings = Omit<LinkSettings, 'namespace' | 'alias'> & { readonly name: string };

/** All interfaces of this network namespace. */
export function listLinks(): Link[] {
  const answer = routeRequest('list links', RTM_GETLINK, NLM_F.DUMP, encodeLinkHeader({}));
  return answer.map(decodeLink).filter((link) => link !== undefined);
}

/** The interface of this name, or undefined if there is none. */
export function findLink(name: string): Link | undefined {
  const body = concatBytes([encodeLinkHeader({}), encodeAttribute(IFLA.IFNAME, name)]);
  try {
    return routeRequest(`find ${name}`, RTM_GETLINK, 0, body).map(decodeLink)[0];
  } catch (error) {
    if (isErrno(error, 'ENODEV')) return undefined;
    throw error;
  }
}

/**
 * Makes an interface, which is switched off.
 * @param kind of software device, such as `bridge`
 * @param data the attributes of that kind
 * @throws SyscallError EEXIST if the name is taken
 */
export function createLink(kind: string, settings: NewLinkSettings, data: readonly Uint8Array[] = []): Link {
  const what = `create ${kind} ${settings.name}`;
  routeRequest(what, RTM_NEWLINK, NLM_F.CREATE | NLM_F.EXCL, encodeNewLink(kind, settings, data));
  const link = findLink(settings.name);
  if (link === undefined) throw new Error(`${what}: it is gone already`);
  return link;
}

/** Changes what is given of an interface. To be renamed it must be switched off. */
export function changeLink(link: LinkName, settings: LinkSettings): void {
  const body = concatBytes([encodeLinkHeader({ index: link.index }), ...encodeSettings(settings)]);
  routeRequest(`change ${Object.keys(settings).join(' and ')} of ${link.name}`, RTM_NEWLINK, 0, body);
}

/** Changes what the master of an interface keeps about it; attributes as the kind of master has them. */
export function changePort(link: LinkName, kind: string, data: readonly Uint8Array[]): void {
  const info = [encodeAttribute(IFLA_INFO.SLAVE_KIND, kind), encodeNested(IFLA_INFO.SLAVE_DATA, data)];
  const body = [encodeLinkHeader({ index: link.index }), encodeNested(IFLA.LINKINFO, info)];
  routeRequest(`change ${link.name} as port of a ${kind}`, RTM_NEWLINK, 0, concatBytes(body));
}

/** Removes an interface; of a veth pair, both. One that is gone is fine. */
export function deleteLink(link: LinkName): void {
  try {
    routeRequest(`delete ${link.name}`, RTM_DELLINK, 0, encodeLinkHeader({ index: link.index }));
  } catch (error) {
    if (!isErrno(error, 'ENODEV')) throw error;
  }
}

/** Switches an interface on or off. */
export function setLinkUp(link: LinkName, isUp: boolean): void {
  const header = encodeLinkHeader({ index: link.index, flags: isUp ? IFF.UP : 0, change: IFF.UP });
  routeRequest(`set ${link.name} ${isUp ? 'up' : 'down'}`, RTM_NEWLINK, 0, header);
}

/** The body of a request that makes an interface. */
export function encodeNewLink(kind: string, settings: LinkSettings, data: readonly Uint8Array[]): Uint8Array {
  const info = [
    encodeAttribute(IFLA_INFO.KIND, kind),
    ...(data.length > 0 ? [encodeNested(IFLA_INFO.DATA, data)] : []),
  ];
  return concatBytes([encodeLinkHeader({}), ...encodeSettings(settings), encodeNested(IFLA.LINKINFO, info)]);
}

/** The attributes of settings. */
export function encodeSettings(settings: LinkSettings): Uint8Array[] {
  const { name, hardwareAddress, mtu, alias, master, parent, namespace } = settings;
  return [
    ...(name === undefined ? [] : [encodeAttribute(IFLA.IFNAME, name)]),
    ...(hardwareAddress === undefined
      ? []
      : [encodeAttribute(IFLA.ADDRESS, parseHardwareAddress(hardwareAddress))]),
    ...(mtu === undefined ? [] : [encodeAttribute(IFLA.MTU, mtu)]),
    ...(alias === undefined ? [] : [encodeAttribute(IFLA.ALIAS, alias)]),
    ...(master === undefined ? [] : [encodeAttribute(IFLA.MASTER, master?.index ?? 0)]),
    ...(parent === undefined ? [] : [encodeAttribute(IFLA.LINK, parent.index)]),
    ...(namespace === undefined ? [] : [encodeNamespace(namespace)]),
  ];
}

function encodeNamespace(namespace: Namespace): Uint8Array {
  if ('fd' in namespace) return encodeAttribute(IFLA.NET_NS_FD, namespace.fd);
  return encodeAttribute(IFLA.NET_NS_PID, namespace.pid);
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
    hardwareAddress: formatHardwareAddress(attributes.get(IFLA.ADDRESS) ?? new Uint8Array()),
    permanentAddress: formatHardwareAddress(attributes.get(IFLA.PERMANENT_ADDRESS) ?? new Uint8Array()),
    mtu: attributeNumber(attributes.get(IFLA.MTU)) ?? 0,
    master: attributeNumber(attributes.get(IFLA.MASTER)),
    isLoopback: (flags & IFF.LOOPBACK) !== 0,
    isUp: (flags & IFF.UP) !== 0,
    isRunning: (flags & IFF.RUNNING) !== 0,
    alias: attributeText(attributes.get(IFLA.ALIAS)),
    kind: attributeText(linkInfo.get(IFLA_INFO.KIND)),
  };
}
