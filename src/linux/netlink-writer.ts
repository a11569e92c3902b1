/**
 * Writing many messages of netlink(7) one behind the other, for requests so long that the functions of
 * `netlink-message.ts`, which make an array for each attribute, would take too much time.
 */
import { encodeUtf8 } from './bytes.ts';
import { NLA_F_NESTED } from './netlink-message.ts';

const MESSAGE_HEADER_SIZE = 16;
const ATTRIBUTE_HEADER_SIZE = 4;
const FIRST_SIZE = 4096;

export class NetlinkWriter {
  #bytes = new Uint8Array(FIRST_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;
  /** The same few names come again and again. */
  readonly #texts = new Map<string, Uint8Array>();

  /** A message: its header, then what `writeBody` writes. */
  message(type: number, flags: number, sequence: number, writeBody: () => void): void {
    const start = this.#grow(MESSAGE_HEADER_SIZE);
    this.#view.setUint16(start + 4, type, true);
    this.#view.setUint16(start + 6, flags, true);
    this.#view.setUint32(start + 8, sequence, true);
    writeBody();
    this.#view.setUint32(start, this.#end - start, true);
  }

  /** Bytes that are no attribute, padded to a multiple of four. */
  raw(bytes: Uint8Array): void {
    const start = this.#grow(bytes.length);
    this.#bytes.set(bytes, start);
  }

  /** An attribute with a 32-bit number in network order. */
  number(type: number, value: number): void {
    const start = this.#attribute(type, 4);
    this.#view.setInt32(start, value);
  }

  bytes(type: number, value: Uint8Array): void {
    const start = this.#attribute(type, value.length);
    this.#bytes.set(value, start);
  }

  /** Ends with NUL. */
  text(type: number, value: string): void {
    let bytes = this.#texts.get(value);
    if (bytes === undefined) {
      bytes = encodeUtf8(`${value}\0`);
      this.#texts.set(value, bytes);
    }
    this.bytes(type, bytes);
  }

  /** An attribute whose value is the attributes that `writeValue` writes. */
  nested(type: number, writeValue: () => void): void {
    const start = this.#attribute(type | NLA_F_NESTED, 0) - ATTRIBUTE_HEADER_SIZE;
    writeValue();
    this.#view.setUint16(start, this.#end - start, true);
  }

  /** All that was written. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Returns where the value begins. */
  #attribute(type: number, size: number): number {
    const start = this.#grow(ATTRIBUTE_HEADER_SIZE + size);
    this.#view.setUint16(start, ATTRIBUTE_HEADER_SIZE + size, true);
    this.#view.setUint16(start + 2, type, true);
    return start + ATTRIBUTE_HEADER_SIZE;
  }

  /** Makes room for that many bytes, padded with zeros; returns where they begin. */
  #grow(size: number): number {
    const start = this.#end;
    this.#end += (size + 3) & ~3;
    if (this.#end > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(this.#end, 2 * this.#bytes.length));
      bytes.set(this.#bytes.subarray(0, start));
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    return start;
  }
}
