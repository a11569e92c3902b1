/** A request as its handler sees it. */
import { concatBytes, encodeUtf8 } from '../linux/bytes.ts';
import type { Channel } from './channel.ts';
import { type Headers, HttpError, hasToken, statusLine } from './message.ts';
import { type RequestHead, wantsUpgrade } from './request-parser.ts';

export class HttpRequest {
  readonly head: RequestHead;
  readonly #channel: Channel;
  #expectsContinue: boolean;
  #onDisconnect: (() => void)[] = [];
  #isFinished = false;

  constructor(head: RequestHead, channel: Channel) {
    this.head = head;
    this.#channel = channel;
    this.#expectsContinue = hasToken(head.headers, 'expect', '100-continue');
  }

  get method(): string {
    return this.head.method;
  }

  get headers(): Headers {
    return this.head.headers;
  }

  /** Whether the client asks for a raw stream in place of HTTP. */
  get wantsUpgrade(): boolean {
    return wantsUpgrade(this.head);
  }

  /** Whether the client waits for a go-ahead before it sends its body, and has not got it. */
  get isWaitingForContinue(): boolean {
    return this.#expectsContinue;
  }

  /** The next bytes of the body, null at its end. Throws HttpError 400 if it is malformed or cut off. */
  async read(): Promise<Uint8Array | null> {
    if (this.#expectsContinue) {
      this.#expectsContinue = false;
      await this.#channel.write(encodeUtf8(`${statusLine(100)}\r\n`));
    }
    for (;;) {
      const data = this.#channel.parser.nextBody();
      if (data !== undefined) return data;
      if (!(await this.#channel.fill())) throw new HttpError(400, 'the request ended within its body');
    }
  }

  /** The whole body. Throws HttpError 413 if it is longer than `limit` bytes. */
  async readAll(limit: number): Promise<Uint8Array> {
    const { parser } = this.#channel;
    const tooLong = new HttpError(413, `the request's body is longer than ${limit} bytes`);
    if ((parser.bodyRemaining ?? 0) > limit) throw tooLong;
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      this.#channel.allow(this.#channel.timeouts.body);
      const data = await this.read();
      if (data === null) break;
      parts.push(data);
      length += data.length;
      if (length > limit) throw tooLong;
    }
    this.#channel.allow();
    return concatBytes(parts);
  }

  /**
   * Calls back once if the client closes its side before the response is complete. Discards what is left of the body,
   * so the body must have been read before. A client that has already sent its next request is not watched.
   */
  onDisconnect(callback: () => void): void {
    this.#onDisconnect.push(callback);
    if (this.#onDisconnect.length === 1) this.#watch();
  }

  /** No callbacks from now on. For the connection, once the response is complete. */
  finish(): void {
    this.#isFinished = true;
  }

  async #watch(): Promise<void> {
    if (await this.#staysConnected()) return;
    if (!this.#isFinished) for (const callback of this.#onDisconnect) callback();
  }

  /** Resolves with true when something else than the end of the input has come. */
  async #staysConnected(): Promise<boolean> {
    try {
      while ((await this.read()) !== null);
      return await this.#channel.fill();
    } catch {
      return false;
    }
  }
}
