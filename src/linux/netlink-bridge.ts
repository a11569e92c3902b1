/** Bridges and their ports, and the pairs of interfaces that join a container to one: rtnetlink(7), `ip link`. */
import { concatBytes } from './bytes.ts';
import {
  changePort,
  createLink,
  encodeLinkHeader,
  encodeSettings,
  type Link,
  type LinkName,
  type LinkSettings,
  type NewLinkSettings,
} from './netlink-link.ts';
import { encodeAttribute } from './netlink-message.ts';

/** Kernel modules that the functions here need. */
export const BRIDGE_MODULES = ['bridge', 'veth'] as const;

/** Attributes of a port of a bridge (the kernel's include/uapi/linux/if_link.h). */
const IFLA_BRPORT_MODE = 4;
const IFLA_BRPORT_ISOLATED = 33;
/** The attribute of a veth that describes its other end (include/uapi/linux/veth.h). */
const VETH_INFO_PEER = 1;

/** Makes a bridge. Without a hardware address it takes one of its ports', which changes when ports come and go. */
export function createBridge(settings: NewLinkSettings): Link {
  return createLink('bridge', settings);
}

/**
 * Makes two interfaces joined by a cable, both switched off.
 * @param peer the other end, which may lie in another namespace
 * @returns the first
 */
export function createVethPair(settings: NewLinkSettings, peer: LinkSettings): Link {
  return createLink('veth', settings, [encodePeer(peer)]);
}

/** Lets the bridge send a frame out of the port by which it came. */
export function setHairpin(port: LinkName, isOn: boolean): void {
  changePort(port, 'bridge', [encodeAttribute(IFLA_BRPORT_MODE, new Uint8Array([isOn ? 1 : 0]))]);
}

/** Lets the bridge send no frame from one isolated port to another. */
export function setIsolated(port: LinkName, isOn: boolean): void {
  changePort(port, 'bridge', [encodeAttribute(IFLA_BRPORT_ISOLATED, new Uint8Array([isOn ? 1 : 0]))]);
}

/** It has the form of a whole request. */
export function encodePeer(peer: LinkSettings): Uint8Array {
  return encodeAttribute(VETH_INFO_PEER, concatBytes([encodeLinkHeader({}), ...encodeSettings(peer)]));
}
