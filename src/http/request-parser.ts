/** HTTP/1.x requests from bytes that come in pieces of any size. Pure: no stream, no clock. */
import { type BodyDecoder, requestBody } from './body-decoder.ts';
import { ByteQueue } from './byte-queue.ts';
import { HeaderBlockReader, parseFields } from './header-block.ts';
import { type Headers, HttpError, hasToken } from './message.ts';

const MAXIMUM_TARGET = 32 * 1024;
const CR = 13;
const LF = 10;

/** A request's first line and header fields. */
export interface RequestHead {
  readonly method: string;
  /** The target's path as it was sent, percent-encoded. Begins with a slash, or is `*`. */
  readonly path: string;
  /** What stood behind the question mark, or an empty string. */
  readonly query: string;
  readonly version: '1.0' | '1.1';
  readonly headers: Headers;
}

/**
 * Takes bytes in and gives heads and bodies out, one request after the other.
 * The next head can be asked for once the body before it has ended.
 */
export class RequestParser {
  readonly #queue = new ByteQueue();
  #headReader = new HeaderBlockReader(414);
  #body: BodyDecoder | undefined;
  /** What was wrong with the body: nothing behind it can be understood. */
  #failure: unknown;

  /** Appends bytes. The array is the parser's from now on. */
  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
  }

  /** Whether a head has begun and is not complete. */
  get isInsideHead(): boolean {
    return this.#body === undefined && this.#queue.length > 0;
  }

  /** Whether all of the body has been given out. */
  get isBodyComplete(): boolean {
    return this.#body === undefined;
  }

  /** How many bytes of the body are still to come, if it is known. */
  get bodyRemaining(): number | undefined {
    return this.#body === undefined ? 0 : this.#body.remaining;
  }

  /** The next request's head, undefined if more must arrive. Throws HttpError 400, 414, 431, 501 or 505. */
  nextHead(): RequestHead | undefined {
    this.#skipEmptyLines();
    const lines = this.#headReader.next(this.#queue);
    if (lines === undefined) return undefined;
    this.#headReader = new HeaderBlockReader(414);
    const head = parseHead(lines);
    const body = requestBody(head.headers, head.version);
    this.#body = body.remaining === 0 ? undefined : body;
    return head;
  }

  /** The next bytes of the body, null at its end, undefined if more must arrive. Throws HttpError 400. */
  nextBody(): Uint8Array | null | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#body === undefined) return null;
    try {
      const data = this.#body.next(this.#queue);
      if (data === null || this.#body.remaining === 0) this.#body = undefined;
      return data;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Removes and returns everything that has arrived and was not used. */
  takeRest(): Uint8Array {
    return this.#queue.take(this.#queue.length);
  }

  /** Some clients send an empty line too many behind a body (RFC 9112, section 2.2). */
  #skipEmptyLines(): void {
    while (this.#queue.at(0) === CR && this.#queue.at(1) === LF) this.#queue.take(2);
  }
}

function parseHead(lines: readonly string[]): RequestHead {
  const [requestLine = ''] = lines;
  const [, method, target, version] =
    /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\u0080-\uffff]+) HTTP\/(\d\.\d)$/.exec(requestLine) ?? [];
  if (method === undefined || target === undefined) throw new HttpError(400, 'malformed request line');
  if (version !== '1.0' && version !== '1.1') throw new HttpError(505, `HTTP/${version} is not supported`);
  if (target.length > MAXIMUM_TARGET)
    throw new HttpError(414, `the request's target is longer than ${MAXIMUM_TARGET} characters`);
  return { method, ...splitTarget(target), version, headers: parseFields(lines, 1) };
}

/** Splits a target in origin form (`/path?query`) or absolute form (`http://host/path?query`), or `*`. */
function splitTarget(target: string): { path: string; query: string } {
  const local = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = local.indexOf('?');
  const path = (mark < 0 ? local : local.slice(0, mark)) || (local === target ? '' : '/');
  if (!path.startsWith('/') && path !== '*') throw new HttpError(400, 'malformed request target');
  return { path, query: mark < 0 ? '' : local.slice(mark + 1) };
}

/** Whether the client asks to go on with another protocol on this connection. */
export function wantsUpgrade(head: RequestHead): boolean {
  return head.headers.has('upgrade') && hasToken(head.headers, 'connection', 'upgrade');
}

/** Whether the client allows another request on this connection. */
export function wantsKeepAlive(head: RequestHead): boolean {
  return head.version === '1.1' && !hasToken(head.headers, 'connection', 'close');
}
