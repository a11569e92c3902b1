/** Questions to a name server and its answers (RFC 1035, RFC 3596). */
import { concatBytes, encodeUtf8 } from '../linux/bytes.ts';
import { formatAddress } from '../linux/ip-address.ts';

export type RecordType = 'A' | 'AAAA';

const TYPE = { A: 1, AAAA: 28 } as const;
const CLASS_IN = 1;
const HEADER = 12;
const RECURSION_DESIRED = 0x0100;
const RESPONSE = 0x8000;
const MAXIMUM_LABEL = 63;
const ADDRESS_LENGTH = { A: 4, AAAA: 16 } as const;

/** A question for the addresses of a name; undefined if the name cannot be asked for. */
export function dnsQuestion(id: number, name: string, type: RecordType): Uint8Array | undefined {
  const labels = name.replace(/\.$/, '').split('.').map(encodeUtf8);
  if (labels.some(({ length }) => length === 0 || length > MAXIMUM_LABEL)) return undefined;
  const header = new Uint8Array(HEADER);
  const view = new DataView(header.buffer);
  view.setUint16(0, id);
  view.setUint16(2, RECURSION_DESIRED);
  view.setUint16(4, 1);
  const parts = labels.flatMap((label) => [new Uint8Array([label.length]), label]);
  return concatBytes([header, ...parts, new Uint8Array([0, 0, TYPE[type], 0, CLASS_IN])]);
}

/** What a name server said: addresses (none: the name has none of this type), or that there is no such name. */
export type DnsAnswer =
  | { readonly is: 'addresses'; readonly addresses: readonly string[] }
  | { readonly is: 'no such name' }
  | { readonly is: 'failure'; readonly code: number };

const NXDOMAIN = 3;

/** Reads an answer. Undefined if it is damaged, or none to the question with this id. */
export function parseDnsAnswer(message: Uint8Array, id: number, type: RecordType): DnsAnswer | undefined {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  if (message.length < HEADER || view.getUint16(0) !== id) return undefined;
  const flags = view.getUint16(2);
  if ((flags & RESPONSE) === 0) return undefined;
  const code = flags & 0xf;
  if (code === NXDOMAIN) return { is: 'no such name' };
  if (code !== 0) return { is: 'failure', code };
  try {
    let offset = HEADER;
    for (let count = view.getUint16(4); count > 0; count--) offset = skipName(view, offset) + 4;
    const addresses: string[] = [];
    for (let count = view.getUint16(6); count > 0; count--) {
      offset = skipName(view, offset);
      const isWanted = view.getUint16(offset) === TYPE[type] && view.getUint16(offset + 2) === CLASS_IN;
      const length = view.getUint16(offset + 8);
      offset += 10;
      if (offset + length > message.length) return undefined;
      // Records of another type are the aliases on the way, CNAME.
      if (isWanted && length === ADDRESS_LENGTH[type]) {
        addresses.push(formatAddress(message.subarray(offset, offset + length)));
      }
      offset += length;
    }
    return { is: 'addresses', addresses };
  } catch (error) {
    // A DataView refuses to read behind the end.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The offset behind a name, which ends with an empty label or with a pointer to the rest of it. */
function skipName(view: DataView, start: number): number {
  for (let offset = start; ; ) {
    const length = view.getUint8(offset);
    if (length === 0) return offset + 1;
    if (length >= 0xc0) return offset + 2;
    offset += 1 + length;
  }
}
