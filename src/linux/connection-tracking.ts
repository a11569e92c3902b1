/**
 * What the kernel remembers of connections (nf_conntrack), by netlink. The namespace is the one in which this process is.
 *
 * UDP has no beginning: as long as somebody goes on sending, a flow is led where its first packet was, whatever the rules
 * say by now.
 */
import { concatBytes } from './bytes.ts';
import { isErrno } from './errno.ts';
import { NETLINK, netlinkRequest } from './netlink.ts';
import { decodeAttributes, encodeAttribute, encodeNested, NLA_F_NESTED, NLM_F } from './netlink-message.ts';

/** The kernel's include/uapi/linux/netfilter/nfnetlink_conntrack.h. */
const SUBSYSTEM = 1 << 8;
const MESSAGE = { GET: SUBSYSTEM | 1, DELETE: SUBSYSTEM | 2 } as const;
const CTA = { TUPLE_ORIGINAL: 1, FILTER: 25 } as const;
const CTA_TUPLE_PROTOCOL = 2;
const CTA_PROTOCOL = { NUMBER: 1, DESTINATION_PORT: 3 } as const;
const CTA_FILTER_ORIGINAL_FLAGS = 1;
/** Which parts of the tuple a filter compares (net/netfilter/nf_conntrack_netlink.c). */
const COMPARE = { PROTOCOL_NUMBER: 1 << 3, DESTINATION_PORT: 1 << 5 } as const;
const FAMILY = { ipv4: 2, ipv6: 10 } as const;
const HEADER_SIZE = 4;
const UDP = 17;

/**
 * Forgets the flows of UDP that somebody has begun by sending to a port: the next packet goes by the rules of now.
 * Needs the module nf_conntrack_netlink, which the kernel loads by itself.
 */
export function forgetUdpFlows(family: keyof typeof FAMILY, port: number): void {
  const header = new Uint8Array([FAMILY[family], 0, 0, 0]);
  const request = concatBytes([header, ...encodeUdpFilter(port)]);
  const flows = netlinkRequest(NETLINK.NETFILTER, 'list connections', MESSAGE.GET, NLM_F.DUMP, request);
  for (const { body } of flows) {
    const tuple = decodeAttributes(body.subarray(HEADER_SIZE)).get(CTA.TUPLE_ORIGINAL);
    if (tuple !== undefined) {
      const name = encodeAttribute(CTA.TUPLE_ORIGINAL | NLA_F_NESTED, tuple);
      forgetFlow(concatBytes([header, name]));
    }
  }
}

/** One that is over is fine. */
function forgetFlow(request: Uint8Array): void {
  try {
    netlinkRequest(NETLINK.NETFILTER, 'forget a connection', MESSAGE.DELETE, 0, request);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

/** Lets the kernel choose, which may know a hundred thousand connections. */
export function encodeUdpFilter(port: number): Uint8Array[] {
  const protocol = encodeNested(CTA_TUPLE_PROTOCOL, [
    encodeAttribute(CTA_PROTOCOL.NUMBER, new Uint8Array([UDP])),
    encodeAttribute(CTA_PROTOCOL.DESTINATION_PORT, new Uint8Array([port >> 8, port & 0xff])),
  ]);
  const flags = COMPARE.PROTOCOL_NUMBER | COMPARE.DESTINATION_PORT;
  return [
    encodeNested(CTA.TUPLE_ORIGINAL, [protocol]),
    encodeNested(CTA.FILTER, [encodeAttribute(CTA_FILTER_ORIGINAL_FLAGS, flags)]),
  ];
}
