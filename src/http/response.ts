/** A response in the making: one of `json`, `send`, `end`, a chunked stream, or the raw connection. */
import { concatBytes, encodeUtf8 } from '../linux/bytes.ts';
import type { Stream } from '../linux/stream.ts';
import { type Channel, MAXIMUM_DRAIN } from './channel.ts';
import { openHijackedStream } from './hijacked-stream.ts';
import { isBodiless, statusLine } from './message.ts';
import type { HttpRequest } from './request.ts';
import { wantsKeepAlive } from './request-parser.ts';

const CRLF = new Uint8Array([13, 10]);
const LAST_CHUNK = encodeUtf8('0\r\n\r\n');
/** Up to this size, head and body are copied together and sent by one system call. */
const MAXIMUM_COPY = 16 * 1024;

export class HttpResponse {
  status = 200;
  readonly #request: HttpRequest;
  readonly #channel: Channel;
  #fields = '';
  #state: 'new' | 'streaming' | 'complete' = 'new';
  #isChunked = false;
  #isLast = false;

  constructor(request: HttpRequest, channel: Channel) {
    this.#request = request;
    this.#channel = channel;
  }

  /** Whether the status has been sent and cannot be changed any more. */
  get isStarted(): boolean {
    return this.#state !== 'new';
  }

  /** The descriptor of the connection. */
  get fd(): number {
    return this.#channel.fd;
  }

  /** Whether the connection ends with this response. */
  get isLast(): boolean {
    return this.#isLast;
  }

  /** Adds a header field. The value must be one line. */
  setHeader(name: string, value: string): void {
    this.#fields += `${name}: ${value.replace(/[\r\n]+/g, ' ')}\r\n`;
  }

  /** Sends a value as JSON, with a newline behind it as Docker does. */
  json(value: unknown): Promise<void> {
    return this.send(encodeUtf8(`${JSON.stringify(value)}\n`), 'application/json');
  }

  /** Sends a complete body. */
  async send(body: Uint8Array, contentType = 'application/octet-stream'): Promise<void> {
    this.setHeader('Content-Type', contentType);
    this.setHeader('Content-Length', String(body.length));
    const head = this.#takeHead();
    this.#state = 'complete';
    await this.#deliver(this.#isHeadOnly ? [head] : [head, body]);
  }

  /** Without a body before it: sends the status and no body. After `startChunked`: ends the stream. */
  async end(): Promise<void> {
    if (this.#state === 'new') {
      if (!isBodiless(this.status)) this.setHeader('Content-Length', '0');
      const head = this.#takeHead();
      this.#state = 'complete';
      await this.#deliver([head]);
    } else if (this.#state === 'streaming') {
      this.#state = 'complete';
      if (this.#isChunked && !this.#isHeadOnly) await this.#deliver([LAST_CHUNK]);
    }
  }

  /** Sends status and header fields at once; a body of unknown length follows by `write` and `end`. */
  async startChunked(contentType = 'application/json'): Promise<void> {
    this.setHeader('Content-Type', contentType);
    this.#isChunked = this.#request.head.version === '1.1';
    if (this.#isChunked) this.setHeader('Transfer-Encoding', 'chunked');
    else this.#isLast = true;
    const head = this.#takeHead();
    this.#state = 'streaming';
    await this.#channel.write(head);
  }

  /** Sends bytes of the body at once. Resolves when the kernel has taken them; rejects if the client is gone. */
  async write(data: Uint8Array): Promise<void> {
    if (this.#state !== 'streaming') throw new Error('write to a response that is not streaming');
    if (data.length === 0 || this.#isHeadOnly) return;
    const size = this.#isChunked ? encodeUtf8(`${data.length.toString(16)}\r\n`) : undefined;
    await this.#channel.write(size === undefined ? data : concatBytes([size, data, CRLF]));
  }

  /**
   * Turns the connection into a raw stream, as attach and exec do: with status 101 if the client asked for an upgrade,
   * else with 200 and a body that ends with the connection. The stream is the caller's to close.
   */
  async hijack(contentType?: string): Promise<Stream> {
    const { wantsUpgrade, headers } = this.#request;
    const readsBody = !wantsUpgrade && headers.has('transfer-encoding');
    if (!readsBody) while ((await this.#request.read()) !== null);
    this.status = wantsUpgrade ? 101 : 200;
    if (contentType !== undefined) this.setHeader('Content-Type', contentType);
    if (wantsUpgrade) {
      this.setHeader('Connection', 'Upgrade');
      this.setHeader('Upgrade', headers.get('upgrade') ?? 'tcp');
    }
    const head = encodeUtf8(`${statusLine(this.status)}${this.#fields}${this.#channel.fixedFields()}\r\n`);
    this.#state = 'complete';
    const stream = openHijackedStream(this.#channel, readsBody ? this.#request : undefined);
    await this.#channel.write(head);
    return stream;
  }

  /** Sends an error in place of what the handler had in mind. */
  async fail(error: { status: number; message: string }): Promise<void> {
    this.#fields = '';
    this.status = error.status;
    if (isBodiless(error.status)) await this.end();
    else await this.json({ message: error.message });
  }

  /** Ends a stream that the handler left open. Throws if there is no response at all. */
  async finish(): Promise<void> {
    if (this.#state === 'new')
      throw new Error(`${this.#request.method} ${this.#request.head.path} was not answered`);
    if (this.#state === 'streaming') await this.end();
  }

  get #isHeadOnly(): boolean {
    return this.#request.method === 'HEAD' || isBodiless(this.status);
  }

  #takeHead(): Uint8Array {
    if (this.#state !== 'new') throw new Error('a second response to one request');
    const unread = this.#channel.parser.bodyRemaining ?? 0;
    if (this.#request.isWaitingForContinue || unread > MAXIMUM_DRAIN) this.#isLast = true;
    if (this.#isLast || !wantsKeepAlive(this.#request.head)) this.setHeader('Connection', 'close');
    return encodeUtf8(`${statusLine(this.status)}${this.#fields}${this.#channel.fixedFields()}\r\n`);
  }

  /** Sends all there is to send. A client that does not take it is given up in time. */
  async #deliver(parts: Uint8Array[]): Promise<void> {
    this.#channel.allow(this.#channel.timeouts.send);
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    if (size <= MAXIMUM_COPY) await this.#channel.write(concatBytes(parts));
    else for (const part of parts) await this.#channel.write(part);
    this.#channel.allow();
  }
}
