/** Questions that containers ask by DNS, and our answers to them (RFC 1035, RFC 3596). Pure functions. */
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../../linux/bytes.ts';

export const RECORD_TYPE = { A: 1, PTR: 12, AAAA: 28 } as const;
export const RESPONSE_CODE = { ok: 0, serverFailure: 2, noSuchName: 3 } as const;

const CLASS_IN = 1;
const HEADER_SIZE = 12;
const FLAG = {
  RESPONSE: 0x8000,
  OPCODE: 0x7800,
  RECURSION_DESIRED: 0x0100,
  RECURSION_AVAILABLE: 0x0080,
} as const;
/** A name that stands where the question's does. */
const POINTER_TO_QUESTION = new Uint8Array([0xc0, HEADER_SIZE]);
/** Seconds; Docker's. Containers move. */
const TIME_TO_LIVE = 600;
const MAXIMUM_NAME = 255;

export interface Question {
  readonly id: number;
  readonly isRecursionDesired: boolean;
  /** In lower case, without the dot at its end. */
  readonly name: string;
  readonly type: number;
  /** As it stands in the message. */
  readonly bytes: Uint8Array;
}

/** Reads a question; undefined if the message is damaged, or asks for something else than one name of the internet. */
export function parseQuestion(message: Uint8Array): Question | undefined {
  if (message.length < HEADER_SIZE) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const flags = view.getUint16(2);
  if ((flags & (FLAG.RESPONSE | FLAG.OPCODE)) !== 0 || view.getUint16(4) !== 1) return undefined;
  const labels: string[] = [];
  let offset = HEADER_SIZE;
  for (;;) {
    const length = message[offset];
    if (length === undefined || length > 63 || offset - HEADER_SIZE > MAXIMUM_NAME) return undefined;
    offset += 1;
    if (length === 0) break;
    labels.push(decodeUtf8(message.subarray(offset, offset + length)));
    offset += length;
  }
  const end = offset + 4;
  if (end > message.length || view.getUint16(offset + 2) !== CLASS_IN) return undefined;
  return {
    id: view.getUint16(0),
    isRecursionDesired: (flags & FLAG.RECURSION_DESIRED) !== 0,
    name: labels.join('.').toLowerCase(),
    type: view.getUint16(offset),
    bytes: message.slice(HEADER_SIZE, end),
  };
}

/** Encodes an answer whose records all have the name and type of the question; each is given by its data. */
export function encodeAnswer(question: Question, code: number, records: readonly Uint8Array[]): Uint8Array {
  const header = new Uint8Array(HEADER_SIZE);
  const view = new DataView(header.buffer);
  view.setUint16(0, question.id);
  const desired = question.isRecursionDesired ? FLAG.RECURSION_DESIRED : 0;
  view.setUint16(2, FLAG.RESPONSE | FLAG.RECURSION_AVAILABLE | desired | code);
  view.setUint16(4, 1);
  view.setUint16(6, records.length);
  return concatBytes([
    header,
    question.bytes,
    ...records.flatMap((data) => encodeRecord(question.type, data)),
  ]);
}

function encodeRecord(type: number, data: Uint8Array): Uint8Array[] {
  const fields = new Uint8Array(10);
  const view = new DataView(fields.buffer);
  view.setUint16(0, type);
  view.setUint16(2, CLASS_IN);
  view.setUint32(4, TIME_TO_LIVE);
  view.setUint16(8, data.length);
  return [POINTER_TO_QUESTION, fields, data];
}

/** The data of a record that is a name. */
export function encodeName(name: string): Uint8Array {
  const labels = name.split('.').map((label) => encodeUtf8(label).subarray(0, 63));
  return concatBytes([
    ...labels.flatMap((label) => [new Uint8Array([label.length]), label]),
    new Uint8Array(1),
  ]);
}

/** The address whose name `4.3.2.1.in-addr.arpa` or `….ip6.arpa` asks for; undefined if the name does not. */
export function addressOfReverseName(name: string): string | undefined {
  const [, four] = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name) ?? [];
  if (four !== undefined) return four.slice(0, -1).split('.').reverse().join('.');
  const [, six] = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name) ?? [];
  return six
    ?.slice(0, -1)
    .split('.')
    .reverse()
    .join('')
    .replace(/....(?=.)/g, '$&:');
}
