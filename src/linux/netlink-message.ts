/**
 * Messages of netlink(7) as bytes: a header, a fixed part whose form depends on the type, and attributes
 * (rtnetlink(7)). Pure functions. All numbers are in the byte order of the machine, which is little-endian on every
 * architecture of ours.
 */
import { concatBytes, decodeUtf8, encodeUtf8 } from './bytes.ts';

/** Flags of struct nlmsghdr. */
export const NLM_F = { REQUEST: 1, ACK: 4, DUMP: 0x300, EXCL: 0x200, REPLACE: 0x100, CREATE: 0x400 } as const;

/** Message types that every protocol has. */
export const NLMSG = { ERROR: 2, DONE: 3 } as const;

/** Flags of an answer of type ERROR: the request is not repeated in it; attributes say more. */
const NLM_F_ANSWER = { CAPPED: 0x100, ACK_TLVS: 0x200 } as const;
const NLMSGERR_ATTR_MSG = 1;

const HEADER_SIZE = 16;
const ATTRIBUTE_HEADER_SIZE = 4;
/** Says that the value consists of attributes. */
export const NLA_F_NESTED = 0x8000;
/** Besides the type, the top bits of an attribute's type tell how it is nested. */
const ATTRIBUTE_TYPE_MASK = 0x3fff;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** What follows the header. */
  readonly body: Uint8Array;
}

/** One message with its header, padded to a multiple of four. */
export function encodeMessage({ type, flags, sequence, body }: NetlinkMessage): Uint8Array {
  const message = new Uint8Array(HEADER_SIZE + aligned(body.length));
  const view = new DataView(message.buffer);
  view.setUint32(0, HEADER_SIZE + body.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  message.set(body, HEADER_SIZE);
  return message;
}

/** The messages in what one recv(2) returned. A message that is cut off is left out. */
export function decodeMessages(data: Uint8Array): NetlinkMessage[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const messages: NetlinkMessage[] = [];
  for (let offset = 0; offset + HEADER_SIZE <= data.length; ) {
    const length = view.getUint32(offset, true);
    if (length < HEADER_SIZE || offset + length > data.length) break;
    messages.push({
      type: view.getUint16(offset + 4, true),
      flags: view.getUint16(offset + 6, true),
      sequence: view.getUint32(offset + 8, true),
      body: data.subarray(offset + HEADER_SIZE, offset + length),
    });
    offset += aligned(length);
  }
  return messages;
}

/** The outcome of a request. */
export interface Acknowledgement {
  /** Of the request. */
  readonly sequence: number;
  /** 0 if it was done. */
  readonly errno: number;
  /** In the kernel's words, if it has any. */
  readonly explanation: string | undefined;
}

/** What a message of type ERROR says (struct nlmsgerr): a number, the request, and perhaps attributes. */
export function decodeAcknowledgement({ flags, sequence, body }: NetlinkMessage): Acknowledgement {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const requestSize = flags & NLM_F_ANSWER.CAPPED ? HEADER_SIZE : aligned(view.getUint32(4, true));
  const hasAttributes = (flags & NLM_F_ANSWER.ACK_TLVS) !== 0;
  const attributes = decodeAttributes(body.subarray(hasAttributes ? 4 + requestSize : body.length));
  return {
    sequence,
    errno: Math.abs(view.getInt32(0, true)),
    explanation: attributeText(attributes.get(NLMSGERR_ATTR_MSG)),
  };
}

/** One attribute, padded to a multiple of four. Numbers become 32 bits, strings end with NUL. */
export function encodeAttribute(type: number, value: Uint8Array | string | number): Uint8Array {
  const bytes = valueBytes(value);
  const attribute = new Uint8Array(ATTRIBUTE_HEADER_SIZE + aligned(bytes.length));
  const view = new DataView(attribute.buffer);
  view.setUint16(0, ATTRIBUTE_HEADER_SIZE + bytes.length, true);
  view.setUint16(2, type, true);
  attribute.set(bytes, ATTRIBUTE_HEADER_SIZE);
  return attribute;
}

/** An attribute whose value is other attributes. */
export function encodeNested(type: number, attributes: readonly Uint8Array[]): Uint8Array {
  return encodeAttribute(type | NLA_F_NESTED, concatBytes(attributes));
}

function valueBytes(value: Uint8Array | string | number): Uint8Array {
  if (typeof value === 'string') return concatBytes([encodeUtf8(value), new Uint8Array(1)]);
  return typeof value === 'number' ? new Uint8Array(new Uint32Array([value]).buffer) : value;
}

/** The attributes that follow a fixed part, by type. Of equal types the last one counts. */
export function decodeAttributes(data: Uint8Array): Map<number, Uint8Array> {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const attributes = new Map<number, Uint8Array>();
  for (let offset = 0; offset + ATTRIBUTE_HEADER_SIZE <= data.length; ) {
    const length = view.getUint16(offset, true);
    if (length < ATTRIBUTE_HEADER_SIZE || offset + length > data.length) break;
    const type = view.getUint16(offset + 2, true) & ATTRIBUTE_TYPE_MASK;
    attributes.set(type, data.subarray(offset + ATTRIBUTE_HEADER_SIZE, offset + length));
    offset += aligned(length);
  }
  return attributes;
}

/** The text of a string attribute. */
export function attributeText(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  const end = value.indexOf(0);
  return decodeUtf8(end < 0 ? value : value.subarray(0, end));
}

/** The number in a 32-bit attribute. */
export function attributeNumber(value: Uint8Array | undefined): number | undefined {
  if (value === undefined || value.length < 4) return undefined;
  return new DataView(value.buffer, value.byteOffset).getUint32(0, true);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
