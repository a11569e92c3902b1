/**
 * Standard output and error in one stream of bytes, as attach, exec and logs send them when there is no terminal.
 * A frame is one byte for the stream, three zero bytes, the length as a big-endian 32-bit number, and the data
 * (Engine API, "Stream format").
 */
import { ByteQueue } from '../http/byte-queue.ts';
import type { ByteSource } from '../http/client.ts';
import { encodeUtf8 } from '../linux/bytes.ts';

export type OutputName = 'stdout' | 'stderr';

/** A piece of output, and which stream it belongs to. */
export interface Output {
  readonly name: OutputName;
  readonly data: Uint8Array;
}

/** Content types of the two forms. */
export const MULTIPLEXED_STREAM = 'application/vnd.docker.multiplexed-stream';
export const RAW_STREAM = 'application/vnd.docker.raw-stream';

const HEADER_SIZE = 8;
const LENGTH_OFFSET = 4;
const STREAM_NUMBERS: Readonly<Record<OutputName, number>> = { stdout: 1, stderr: 2 };
/** Headers without their lengths, as text. */
const PLACEHOLDERS: Readonly<Record<OutputName, string>> = {
  stdout: '\x01\0\0\0\0\0\0\0',
  stderr: '\x02\0\0\0\0\0\0\0',
};
const STREAM_NAMES: readonly (OutputName | undefined)[] = ['stdout', 'stdout', 'stderr'];
/** The engine's own stream: an error that ends the output. */
const SYSTEM_ERROR = 3;

/** One frame. */
export function encodeFrame(name: OutputName, data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_SIZE + data.length);
  frame[0] = STREAM_NUMBERS[name];
  new DataView(frame.buffer).setUint32(LENGTH_OFFSET, data.length);
  frame.set(data, HEADER_SIZE);
  return frame;
}

/** A frame for each of many texts. They become bytes together: one by one, most of the time would go there. */
export function encodeFrames(texts: readonly (readonly [name: OutputName, text: string])[]): Uint8Array {
  const whole = texts.map(([name, text]) => `${PLACEHOLDERS[name]}${text}`).join('');
  const bytes = encodeUtf8(whole);
  const isAscii = bytes.length === whole.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let offset = 0;
  for (const [, text] of texts) {
    const length = isAscii ? text.length : encodeUtf8(text).length;
    view.setUint32(offset + LENGTH_OFFSET, length);
    offset += HEADER_SIZE + length;
  }
  return bytes;
}

/** Takes frames apart. Gives data out as it comes, without waiting for the end of a frame. */
export class FrameDecoder {
  readonly #queue = new ByteQueue();
  #name: OutputName = 'stdout';
  #remaining = 0;

  /** Appends bytes. The array is the decoder's from now on. */
  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
  }

  /** The next piece, or undefined if more bytes must come first. Throws if the bytes are not frames. */
  next(): Output | undefined {
    while (this.#remaining === 0) {
      if (this.#queue.length < HEADER_SIZE) return undefined;
      this.#beginFrame(this.#queue.take(HEADER_SIZE));
    }
    if (this.#queue.length === 0) return undefined;
    const data = this.#queue.take(this.#remaining);
    this.#remaining -= data.length;
    return { name: this.#name, data };
  }

  #beginFrame(header: Uint8Array): void {
    const [stream = 0] = header;
    const name = stream === SYSTEM_ERROR ? 'stderr' : STREAM_NAMES[stream];
    if (name === undefined) throw new Error(`the engine sent a frame of unknown stream ${stream}`);
    this.#name = name;
    this.#remaining = new DataView(header.buffer, header.byteOffset).getUint32(4);
  }
}

/** A container's output as a client reads it. */
export interface OutputSource {
  /** The next piece, or null at the end. */
  read(): Promise<Output | null>;
  close(): void;
}

/** The output behind a response's bytes, which is closed at its end. Without frames, everything is standard output. */
export function openOutput(source: ByteSource & { close(): void }, isMultiplexed: boolean): OutputSource {
  const decoder = new FrameDecoder();
  async function readBytes(): Promise<Uint8Array | null> {
    const data = await source.read();
    if (data === null) source.close();
    return data;
  }
  async function readFrames(): Promise<Output | null> {
    for (;;) {
      const output = decoder.next();
      if (output !== undefined) return output;
      const data = await readBytes();
      if (data === null) return null;
      decoder.push(data);
    }
  }
  async function readRaw(): Promise<Output | null> {
    const data = await readBytes();
    return data === null ? null : { name: 'stdout', data };
  }
  return { read: isMultiplexed ? readFrames : readRaw, close: () => source.close() };
}
