/**
 * Expressions of nf_tables: the instructions of which a rule consists, as attributes of netlink(7). Pure functions.
 *
 * A rule runs them in order. One that loads puts a value into register 1, where `bitwise` and `compare` find it; a
 * comparison that fails ends the rule. Address translation takes its address from register 1 and its port from register 2.
 * `nft --debug=netlink list ruleset` shows the expressions of a rule in this form.
 *
 * Source: the kernel's include/uapi/linux/netfilter/nf_tables.h. Numbers in attributes are in network order.
 */
import type { NetlinkWriter } from './netlink-writer.ts';

export type Expression =
  /** Loads something about the packet: an interface's name, a protocol's number. */
  | { readonly kind: 'meta'; readonly key: MetaKey }
  /** Loads bytes of the packet's network or transport header. */
  | { readonly kind: 'payload'; readonly base: PayloadBase; readonly offset: number; readonly length: number }
  /** Loads what the routing table says about an address of the packet: local, unicast, broadcast, … */
  | { readonly kind: 'addressType'; readonly of: 'source' | 'destination' }
  /** Loads what is known of the packet's connection. */
  | { readonly kind: 'connection'; readonly key: ConnectionKey }
  /** Clears the bits that are not in the mask. */
  | { readonly kind: 'bitwise'; readonly mask: Uint8Array }
  | { readonly kind: 'compare'; readonly is: 'equal' | 'unequal'; readonly value: Uint8Array }
  /** Ends the rule with a verdict. */
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  /** Ends the rule with an answer to the sender, so that it does not wait in vain. */
  | { readonly kind: 'reject'; readonly by: 'tcpReset' | 'portUnreachable' }
  | { readonly kind: 'translate'; readonly what: 'source' | 'destination'; readonly to: Endpoint }
  /** Makes the address of the outgoing interface the source. */
  | { readonly kind: 'masquerade' }
  /** Makes this machine the destination. */
  | { readonly kind: 'redirect'; readonly port: number };

export type MetaKey = keyof typeof META_KEY;
export type PayloadBase = keyof typeof PAYLOAD_BASE;
export type ConnectionKey = keyof typeof CONNECTION_KEY;

export type Verdict =
  | 'accept'
  | 'drop'
  /** Goes on behind the jump; in a base chain, applies its policy. */
  | 'return'
  | { readonly jump: string }
  /** Like `jump`, but a return in that chain returns from this one, too. */
  | { readonly goto: string };

/** Without a port it stays as it is, if it can. */
export interface Endpoint {
  readonly address: Uint8Array;
  readonly port?: number;
}

const REGISTER = { VERDICT: 0, FIRST: 1, SECOND: 2 } as const;
const META_KEY = {
  inputName: 6,
  outputName: 7,
  networkProtocol: 15,
  transportProtocol: 16,
} as const;
const PAYLOAD_BASE = { network: 1, transport: 2 } as const;
const CONNECTION_KEY = { state: 0, status: 2 } as const;
const COMPARISON = { equal: 0, unequal: 1 } as const;
const VERDICT = { drop: 0, accept: 1, jump: -3, goto: -4, return: -5 } as const;
const TRANSLATION = { source: 0, destination: 1 } as const;
const FIB_RESULT_ADDRESS_TYPE = 3;
const FIB_FLAG = { source: 1, destination: 2 } as const;
/** Type and code of the `reject` expression; the latter serves ICMP and ICMPv6 alike. */
const REJECT = { tcpReset: [1, 0], portUnreachable: [2, 1] } as const;
/** NFPROTO_IPV4, NFPROTO_IPV6: also values of the meta key `networkProtocol`. */
export const NETWORK_PROTOCOL = { ipv4: 2, ipv6: 10 } as const;
/** NF_NAT_RANGE_PROTO_SPECIFIED: a port is given. (The kernel finds out about an address itself.) */
const NAT_FLAG_PORT = 2;

const NFTA_LIST_ELEM = 1;
const NFTA_EXPR = { NAME: 1, DATA: 2 } as const;
const NFTA_DATA = { VALUE: 1, VERDICT: 2 } as const;
const NFTA_VERDICT = { CODE: 1, CHAIN: 2 } as const;
const NFTA_META = { DREG: 1, KEY: 2 } as const;
const NFTA_PAYLOAD = { DREG: 1, BASE: 2, OFFSET: 3, LEN: 4 } as const;
const NFTA_FIB = { DREG: 1, RESULT: 2, FLAGS: 3 } as const;
const NFTA_CT = { DREG: 1, KEY: 2 } as const;
const NFTA_BITWISE = { SREG: 1, DREG: 2, LEN: 3, MASK: 4, XOR: 5 } as const;
const NFTA_CMP = { SREG: 1, OP: 2, DATA: 3 } as const;
const NFTA_IMMEDIATE = { DREG: 1, DATA: 2 } as const;
const NFTA_REJECT = { TYPE: 1, CODE: 2 } as const;
const NFTA_NAT = { TYPE: 1, FAMILY: 2, ADDRESS: 3, PORT: 5, FLAGS: 7 } as const;
const NFTA_REDIR = { PORT: 1, FLAGS: 3 } as const;

/** Writes an expression as elements of a rule's list. */
export function writeExpression(to: NetlinkWriter, expression: Expression): void {
  switch (expression.kind) {
    case 'meta':
      element(to, 'meta', () => {
        to.number(NFTA_META.KEY, META_KEY[expression.key]);
        to.number(NFTA_META.DREG, REGISTER.FIRST);
      });
      break;
    case 'payload':
      element(to, 'payload', () => {
        to.number(NFTA_PAYLOAD.DREG, REGISTER.FIRST);
        to.number(NFTA_PAYLOAD.BASE, PAYLOAD_BASE[expression.base]);
        to.number(NFTA_PAYLOAD.OFFSET, expression.offset);
        to.number(NFTA_PAYLOAD.LEN, expression.length);
      });
      break;
    case 'addressType':
      element(to, 'fib', () => {
        to.number(NFTA_FIB.FLAGS, FIB_FLAG[expression.of]);
        to.number(NFTA_FIB.RESULT, FIB_RESULT_ADDRESS_TYPE);
        to.number(NFTA_FIB.DREG, REGISTER.FIRST);
      });
      break;
    case 'connection':
      element(to, 'ct', () => {
        to.number(NFTA_CT.KEY, CONNECTION_KEY[expression.key]);
        to.number(NFTA_CT.DREG, REGISTER.FIRST);
      });
      break;
    case 'bitwise':
      element(to, 'bitwise', () => {
        to.number(NFTA_BITWISE.SREG, REGISTER.FIRST);
        to.number(NFTA_BITWISE.DREG, REGISTER.FIRST);
        to.number(NFTA_BITWISE.LEN, expression.mask.length);
        writeValue(to, NFTA_BITWISE.MASK, expression.mask);
        writeValue(to, NFTA_BITWISE.XOR, new Uint8Array(expression.mask.length));
      });
      break;
    case 'compare':
      element(to, 'cmp', () => {
        to.number(NFTA_CMP.SREG, REGISTER.FIRST);
        to.number(NFTA_CMP.OP, COMPARISON[expression.is]);
        writeValue(to, NFTA_CMP.DATA, expression.value);
      });
      break;
    case 'verdict':
      writeVerdict(to, expression.verdict);
      break;
    case 'reject': {
      const [type, code] = REJECT[expression.by];
      element(to, 'reject', () => {
        to.number(NFTA_REJECT.TYPE, type);
        to.bytes(NFTA_REJECT.CODE, new Uint8Array([code]));
      });
      break;
    }
    case 'translate':
      writeTranslation(to, TRANSLATION[expression.what], expression.to);
      break;
    case 'masquerade':
      element(to, 'masq', () => {});
      break;
    case 'redirect':
      loadValue(to, REGISTER.FIRST, portBytes(expression.port));
      element(to, 'redir', () => {
        to.number(NFTA_REDIR.PORT, REGISTER.FIRST);
        to.number(NFTA_REDIR.FLAGS, NAT_FLAG_PORT);
      });
      break;
    default:
      expression satisfies never;
  }
}

function writeVerdict(to: NetlinkWriter, verdict: Verdict): void {
  const [code, chain] =
    typeof verdict === 'string'
      ? [VERDICT[verdict], undefined]
      : 'jump' in verdict
        ? [VERDICT.jump, verdict.jump]
        : [VERDICT.goto, verdict.goto];
  element(to, 'immediate', () => {
    to.number(NFTA_IMMEDIATE.DREG, REGISTER.VERDICT);
    to.nested(NFTA_IMMEDIATE.DATA, () =>
      to.nested(NFTA_DATA.VERDICT, () => {
        to.number(NFTA_VERDICT.CODE, code);
        if (chain !== undefined) to.text(NFTA_VERDICT.CHAIN, chain);
      }),
    );
  });
}

function writeTranslation(to: NetlinkWriter, type: number, { address, port }: Endpoint): void {
  loadValue(to, REGISTER.FIRST, address);
  if (port !== undefined) loadValue(to, REGISTER.SECOND, portBytes(port));
  element(to, 'nat', () => {
    to.number(NFTA_NAT.TYPE, type);
    to.number(NFTA_NAT.FAMILY, address.length === 4 ? NETWORK_PROTOCOL.ipv4 : NETWORK_PROTOCOL.ipv6);
    to.number(NFTA_NAT.ADDRESS, REGISTER.FIRST);
    if (port !== undefined) {
      to.number(NFTA_NAT.PORT, REGISTER.SECOND);
      to.number(NFTA_NAT.FLAGS, NAT_FLAG_PORT);
    }
  });
}

function loadValue(to: NetlinkWriter, register: number, value: Uint8Array): void {
  element(to, 'immediate', () => {
    to.number(NFTA_IMMEDIATE.DREG, register);
    writeValue(to, NFTA_IMMEDIATE.DATA, value);
  });
}

function element(to: NetlinkWriter, name: string, writeData: () => void): void {
  to.nested(NFTA_LIST_ELEM, () => {
    to.text(NFTA_EXPR.NAME, name);
    to.nested(NFTA_EXPR.DATA, writeData);
  });
}

function writeValue(to: NetlinkWriter, type: number, value: Uint8Array): void {
  to.nested(type, () => to.bytes(NFTA_DATA.VALUE, value));
}

/** A port as it stands in a packet. */
export function portBytes(port: number): Uint8Array {
  return new Uint8Array([port >> 8, port]);
}
