/** Message bodies: by length, in chunks, or up to the end of the connection (RFC 9112, sections 6 and 7). */
import { decodeUtf8 } from '../linux/bytes.ts';
import type { ByteQueue } from './byte-queue.ts';
import { HeaderBlockReader, parseFields } from './header-block.ts';
import { type Headers, HttpError } from './message.ts';

export interface BodyDecoder {
  /** How many bytes are still to come, if it is known. */
  readonly remaining: number | undefined;
  /** The next bytes of the body, null at its end, undefined if more must arrive first. Throws HttpError 400. */
  next(queue: ByteQueue): Uint8Array | null | undefined;
}

const MAXIMUM_CHUNK_LINE = 1024;
const CR = 13;
const LF = 10;

/** The body of a request, by its header fields. Without either field there is none. */
export function requestBody(headers: Headers, version: string): BodyDecoder {
  const encoding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (encoding === undefined) return lengthBody(length === undefined ? 0 : parseLength(length));
  if (length !== undefined) throw new HttpError(400, 'both Content-Length and Transfer-Encoding');
  if (version === '1.0') throw new HttpError(400, 'Transfer-Encoding in an HTTP/1.0 request');
  if (encoding.toLowerCase() !== 'chunked')
    throw new HttpError(501, `unsupported transfer encoding "${encoding}"`);
  return chunkedBody();
}

/** The body of a response that may have one, by its header fields. Without either field it ends with the connection. */
export function responseBody(headers: Headers): BodyDecoder {
  const encoding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (encoding?.toLowerCase() === 'chunked') return chunkedBody();
  if (encoding !== undefined) throw new HttpError(502, `unsupported transfer encoding "${encoding}"`);
  return length === undefined ? openBody() : lengthBody(parseLength(length));
}

/** The value of Content-Length. A repeated field is refused, even if its values agree. */
function parseLength(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new HttpError(400, `invalid Content-Length "${text}"`);
  return Number(text);
}

/** A body of a known number of bytes. */
export function lengthBody(length: number): BodyDecoder {
  let remaining = length;
  return {
    get remaining() {
      return remaining;
    },
    next(queue) {
      if (remaining === 0) return null;
      if (queue.length === 0) return undefined;
      const data = queue.take(remaining);
      remaining -= data.length;
      return data;
    },
  };
}

/** A body that ends with the connection. */
function openBody(): BodyDecoder {
  return {
    remaining: undefined,
    next: (queue) => (queue.length === 0 ? undefined : queue.take(queue.length)),
  };
}

/** A body in chunks; extensions and trailer fields are checked and ignored. */
function chunkedBody(): BodyDecoder {
  /** Bytes of the current chunk that are still to come; undefined before a chunk's first line. */
  let chunk: number | undefined;
  let trailer: HeaderBlockReader | undefined;

  function nextInTrailer(reader: HeaderBlockReader, queue: ByteQueue): null | undefined {
    const lines = reader.next(queue);
    if (lines === undefined) return undefined;
    parseFields(lines, 0);
    return null;
  }

  return {
    remaining: undefined,
    next(queue) {
      for (;;) {
        if (trailer !== undefined) return nextInTrailer(trailer, queue);
        if (chunk === undefined) {
          const size = takeChunkSize(queue);
          if (size === undefined) return undefined;
          if (size === 0) trailer = new HeaderBlockReader();
          else chunk = size;
        } else if (chunk > 0) {
          if (queue.length === 0) return undefined;
          const data = queue.take(chunk);
          chunk -= data.length;
          return data;
        } else {
          if (queue.length < 2) return undefined;
          if (queue.at(0) !== CR || queue.at(1) !== LF)
            throw new HttpError(400, 'a chunk is longer than its size says');
          queue.take(2);
          chunk = undefined;
        }
      }
    },
  };
}

function takeChunkSize(queue: ByteQueue): number | undefined {
  const lineEnd = queue.indexOf(LF, 0);
  if (lineEnd > MAXIMUM_CHUNK_LINE || (lineEnd < 0 && queue.length > MAXIMUM_CHUNK_LINE)) {
    throw new HttpError(400, 'the line before a chunk is too long');
  }
  if (lineEnd < 0) return undefined;
  const line = decodeUtf8(queue.take(lineEnd + 1));
  const [, size] = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;[\t -~\u0080-\uffff]*)?\r\n$/.exec(line) ?? [];
  if (size === undefined) throw new HttpError(400, 'invalid chunk size');
  return Number.parseInt(size, 16);
}
