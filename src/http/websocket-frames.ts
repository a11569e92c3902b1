/** Frames of the WebSocket protocol (RFC 6455, section 5): pure functions and a decoder, without a connection. */
import { concatBytes } from '../linux/bytes.ts';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FINAL = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;
const CONTROL = 8;
const MAXIMUM_CONTROL_PAYLOAD = 125;

/** The client does not keep to the protocol. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Something that a client has sent. Pieces of data come as they arrive, whatever frames and messages they are of. */
export interface ClientFrame {
  readonly kind: 'data' | 'ping' | 'pong' | 'close';
  readonly payload: Uint8Array;
}

/** A whole frame of a server, which has no mask. */
export function encodeServerFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = new Uint8Array(length <= MAXIMUM_CONTROL_PAYLOAD ? 2 : length < 0x10000 ? 4 : 10);
  const view = new DataView(head.buffer);
  view.setUint8(0, FINAL | opcode);
  if (head.length === 2) view.setUint8(1, length);
  else if (head.length === 4) {
    view.setUint8(1, 126);
    view.setUint16(2, length);
  } else {
    view.setUint8(1, 127);
    view.setBigUint64(2, BigInt(length));
  }
  return concatBytes([head, payload]);
}

/** The head of a frame that is being read. */
interface FrameHead {
  readonly opcode: number;
  readonly mask: Uint8Array;
  readonly length: number;
}

/** Takes the frames of a client apart. It keeps no more than a head or the payload of a control frame. */
export class FrameDecoder {
  #rest: Uint8Array = new Uint8Array(0);
  #head: FrameHead | undefined;
  /** Bytes of the payload that were given out. */
  #position = 0;
  #isInsideMessage = false;

  /** What has come with these bytes. Throws FrameError. */
  push(bytes: Uint8Array): ClientFrame[] {
    const frames: ClientFrame[] = [];
    this.#rest = concatBytes([this.#rest, bytes]);
    for (;;) {
      this.#head ??= this.#takeHead();
      if (this.#head === undefined) return frames;
      const frame = this.#takePayload(this.#head);
      if (frame !== undefined) frames.push(frame);
      if (this.#head !== undefined) return frames; // there is more to come of this frame
    }
  }

  #takePayload(head: FrameHead): ClientFrame | undefined {
    const { opcode, length } = head;
    const missing = length - this.#position;
    if (opcode >= CONTROL && this.#rest.length < missing) return undefined;
    const masked = this.#take(Math.min(missing, this.#rest.length));
    const payload = unmask(masked, head.mask, this.#position);
    this.#position += payload.length;
    if (this.#position === length) {
      this.#head = undefined;
      this.#position = 0;
    }
    switch (opcode) {
      case OPCODE.close:
        return { kind: 'close', payload };
      case OPCODE.ping:
        return { kind: 'ping', payload };
      case OPCODE.pong:
        return { kind: 'pong', payload };
      default:
        return payload.length > 0 ? { kind: 'data', payload } : undefined;
    }
  }

  #takeHead(): FrameHead | undefined {
    const [first = 0, second = 0] = this.#rest;
    if (this.#rest.length < 2) return undefined;
    if ((second & MASKED) === 0) throw new FrameError('a frame of a client has no mask');
    if ((first & RESERVED) !== 0) throw new FrameError('reserved bits are set');
    const short = second & ~MASKED;
    const size = 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) + 4;
    if (this.#rest.length < size) return undefined;
    const bytes = this.#take(size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const length = short === 127 ? Number(view.getBigUint64(2)) : short === 126 ? view.getUint16(2) : short;
    const head = { opcode: first & 0xf, mask: bytes.subarray(size - 4), length };
    this.#check(head, (first & FINAL) !== 0);
    return head;
  }

  #check({ opcode, length }: FrameHead, isFinal: boolean): void {
    if (length > Number.MAX_SAFE_INTEGER) throw new FrameError('a frame is too long');
    if (!(Object.values(OPCODE) as number[]).includes(opcode))
      throw new FrameError(`unknown opcode ${opcode}`);
    if (opcode >= CONTROL) {
      if (!isFinal || length > MAXIMUM_CONTROL_PAYLOAD) throw new FrameError('a control frame is too long');
      return;
    }
    if ((opcode === OPCODE.continuation) !== this.#isInsideMessage) {
      throw new FrameError('a message within a message, or a continuation of none');
    }
    this.#isInsideMessage = !isFinal;
  }

  #take(count: number): Uint8Array {
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }
}

function unmask(bytes: Uint8Array, mask: Uint8Array, position: number): Uint8Array {
  return bytes.map((byte, index) => byte ^ (mask[(position + index) & 3] ?? 0));
}
