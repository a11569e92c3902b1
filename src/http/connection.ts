/** One client's connection: requests are read and answered one after the other until either side has enough. */
import { concatBytes, encodeUtf8 } from '../linux/bytes.ts';
import type { Stream } from '../linux/stream.ts';
import { type Channel, MAXIMUM_DRAIN, type Timeouts } from './channel.ts';
import { HttpError, statusLine } from './message.ts';
import { HttpRequest } from './request.ts';
import { type RequestHead, RequestParser, wantsKeepAlive } from './request-parser.ts';
import { HttpResponse } from './response.ts';

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly timeouts: Timeouts;
  fixedFields(): string;
  handle(request: HttpRequest, response: HttpResponse): Promise<void>;
  /** What to tell the client about something that was thrown. */
  describeError(error: unknown): { status: number; message: string };
  /** Something was thrown too late to tell the client. */
  onLateError(error: unknown): void;
  /** Seconds of a coarse clock, rounded up. */
  now(): number;
  /** Resolves in a later turn of the event loop. */
  nextTurn(): Promise<void>;
  onClosed(connection: Connection): void;
}

/** Reads in a row without giving others a turn; a stream that always has data would keep the event loop for itself. */
const READS_PER_TURN = 32;

export class Connection implements Channel {
  readonly parser = new RequestParser();
  readonly timeouts: Timeouts;
  readonly #stream: Stream;
  readonly #host: ConnectionHost;
  #output: Promise<void> = Promise.resolve();
  #filling: Promise<boolean> | undefined;
  #readCount = 0;
  #deadline = Number.POSITIVE_INFINITY;
  #isIdle = false;
  #isHijacked = false;
  #isClosed = false;

  constructor(stream: Stream, host: ConnectionHost) {
    this.#stream = stream;
    this.#host = host;
    this.timeouts = host.timeouts;
  }

  get fd(): number {
    return this.#stream.fd;
  }

  /** Whether it waits for a request of which nothing has come yet. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Serves until the end. Never rejects. */
  async run(): Promise<void> {
    try {
      for (;;) {
        const head = await this.#readHead();
        if (head === undefined || !(await this.#serve(head))) break;
      }
      if (!this.#isHijacked) await this.#linger();
    } catch (error) {
      if (error instanceof HttpError) await this.#refuse(error);
      else this.#host.onLateError(error);
    } finally {
      if (!this.#isHijacked) this.close();
    }
  }

  /** Closes the connection if the client has exceeded its time. */
  checkDeadline(now: number): void {
    if (now >= this.#deadline) this.close();
  }

  fixedFields(): string {
    return this.#host.fixedFields();
  }

  allow(seconds = Number.POSITIVE_INFINITY): void {
    this.#deadline = this.#host.now() + seconds;
  }

  fill(): Promise<boolean> {
    this.#filling ??= this.#readOnce();
    return this.#filling;
  }

  write(data: Uint8Array): Promise<void> {
    const written = this.#output.then(() => this.#stream.write(data));
    this.#output = written.catch(ignore);
    return written;
  }

  async readRaw(): Promise<Uint8Array | null> {
    const rest = this.parser.takeRest();
    if (rest.length > 0) return rest;
    if (this.#filling === undefined) return this.#stream.read();
    return (await this.#filling) ? this.readRaw() : null;
  }

  hijack(): Stream {
    this.#isHijacked = true;
    this.allow();
    return this.#stream;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream.close();
    this.#host.onClosed(this);
  }

  async #readOnce(): Promise<boolean> {
    try {
      this.#readCount += 1;
      if (this.#readCount % READS_PER_TURN === 0) await this.#host.nextTurn();
      const data = await this.#stream.read();
      if (data !== null) this.parser.push(data);
      return data !== null;
    } catch {
      return false;
    } finally {
      this.#filling = undefined;
    }
  }

  /** The next request, or undefined if the client closed instead. */
  async #readHead(): Promise<RequestHead | undefined> {
    this.allow(this.timeouts.idle);
    let hasBegun = false;
    for (;;) {
      const head = this.parser.nextHead();
      if (head !== undefined) {
        this.#isIdle = false;
        this.allow();
        return head;
      }
      if (!hasBegun && this.parser.isInsideHead) {
        hasBegun = true;
        this.allow(this.timeouts.head);
      }
      this.#isIdle = !hasBegun;
      if (!(await this.fill())) return undefined;
    }
  }

  /** Answers one request. Returns whether another one may follow. */
  async #serve(head: RequestHead): Promise<boolean> {
    const request = new HttpRequest(head, this);
    const response = new HttpResponse(request, this);
    try {
      await this.#host.handle(request, response);
      await response.finish();
    } catch (error) {
      if (response.isStarted) {
        this.#host.onLateError(error);
        if (this.#isHijacked) this.close();
        return false;
      }
      await response.fail(this.#host.describeError(error));
    } finally {
      request.finish();
    }
    if (this.#isHijacked || response.isLast || !wantsKeepAlive(head)) return false;
    return this.#drain();
  }

  /** Reads the rest of a request's body. Returns whether it was short and well-formed. */
  async #drain(): Promise<boolean> {
    if (this.parser.isBodyComplete) return true;
    this.allow(this.timeouts.body);
    try {
      for (let drained = 0; drained <= MAXIMUM_DRAIN; ) {
        const data = this.parser.nextBody();
        if (data === null) return true;
        if (data !== undefined) drained += data.length;
        else if (!(await this.fill())) return false;
      }
    } catch {
      // The request has been answered: all that is left to say is good-bye.
    }
    return false;
  }

  /** Tells the client that what it sent is not HTTP. */
  async #refuse(error: HttpError): Promise<void> {
    try {
      this.allow(this.timeouts.send);
      await this.write(lastResponse(error.status, error.message));
      await this.#linger();
    } catch {
      // The client does not want to know.
    }
  }

  /** Half-closes and waits for the client to do the same: closing at once could destroy a response on its way. */
  async #linger(): Promise<void> {
    this.allow(this.timeouts.linger);
    this.#stream.end();
    let discarded = 0;
    while (discarded <= MAXIMUM_DRAIN && (await this.fill())) discarded += this.parser.takeRest().length;
  }
}

/** An error that is not the answer to a request; the connection ends behind it. */
export function lastResponse(status: number, message: string): Uint8Array {
  const body = encodeUtf8(`${JSON.stringify({ message })}\n`);
  const fields = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n`;
  return concatBytes([encodeUtf8(`${statusLine(status)}${fields}\r\n`), body]);
}

function ignore(): void {}
