/** One HTTP/1.1 request over a stream that is used for nothing else. */
import { concatBytes, encodeUtf8 } from '../linux/bytes.ts';
import type { Stream } from '../linux/stream.ts';
import { type BodyDecoder, lengthBody, responseBody } from './body-decoder.ts';
import { ByteQueue } from './byte-queue.ts';
import { HeaderBlockReader, parseFields } from './header-block.ts';
import { type Headers, HttpError, isBodiless } from './message.ts';

/** Anything that bytes can be read from: a stream, a file, another body. */
export interface ByteSource {
  /** The next bytes, or null at the end. */
  read(): Promise<Uint8Array | null>;
}

export interface OutgoingRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes, or a source of bytes that is sent in chunks. */
  readonly body?: Uint8Array | ByteSource;
  /** Asks for a raw stream of this protocol, such as `tcp`, in place of a body in the response. */
  readonly upgrade?: string;
}

export interface IncomingResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The next bytes of the body, null at its end. Throws HttpError 502 if it is malformed or cut off. */
  read(): Promise<Uint8Array | null>;
  /** The rest of the body; closes the connection. */
  readAll(): Promise<Uint8Array>;
  /** The connection behind the response's head, for a response that turned it into a raw stream. */
  rawStream(): Stream;
  close(): void;
}

/**
 * Sends a request and reads the response's head. The body of the request goes on being sent while the response is read.
 * Closes the stream if it fails. Throws HttpError 502 for an answer that is not HTTP, SyscallError.
 */
export async function exchange(stream: Stream, request: OutgoingRequest): Promise<IncomingResponse> {
  let sourceError: unknown;
  send(stream, request).catch((error: unknown) => {
    // A server may answer and close without reading the body; what it said is worth more than EPIPE.
    if (!(error instanceof SourceError)) return;
    sourceError = error.cause;
    stream.close();
  });
  try {
    const queue = new ByteQueue();
    const head = await readHead(stream, queue);
    const isHeadOnly = request.method === 'HEAD' || (isBodiless(head.status) && head.status !== 101);
    const body = isHeadOnly ? lengthBody(0) : responseBody(head.headers);
    return openResponse(stream, queue, head, body);
  } catch (error) {
    stream.close();
    throw sourceError ?? error;
  }
}

/** The body of a request could not be read. */
class SourceError extends Error {}

async function send(
  stream: Stream,
  { method, target, headers, body, upgrade }: OutgoingRequest,
): Promise<void> {
  const lines = [`${method} ${target} HTTP/1.1`];
  const fields = { Host: 'localhost', 'User-Agent': 'paddock', ...headers };
  for (const [name, value] of Object.entries(fields)) lines.push(`${name}: ${value}`);
  lines.push(upgrade === undefined ? 'Connection: close' : `Connection: Upgrade\r\nUpgrade: ${upgrade}`);
  if (body instanceof Uint8Array) lines.push(`Content-Length: ${body.length}`);
  else if (body !== undefined) lines.push('Transfer-Encoding: chunked');
  else if (method !== 'GET' && method !== 'HEAD') lines.push('Content-Length: 0');
  const head = encodeUtf8(`${lines.join('\r\n')}\r\n\r\n`);
  if (body === undefined) await stream.write(head);
  else if (body instanceof Uint8Array) await stream.write(concatBytes([head, body]));
  else {
    await stream.write(head);
    await sendChunks(stream, body);
  }
}

async function sendChunks(stream: Stream, source: ByteSource): Promise<void> {
  for (;;) {
    const data = await source.read().catch((cause: unknown) => {
      throw new SourceError('the request body could not be read', { cause });
    });
    if (data === null) break;
    if (data.length === 0) continue;
    await stream.write(
      concatBytes([encodeUtf8(`${data.length.toString(16)}\r\n`), data, encodeUtf8('\r\n')]),
    );
  }
  await stream.write(encodeUtf8('0\r\n\r\n'));
}

interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
}

/** Reads up to the final response's head; interim ones (100, 102, 103) are skipped. */
async function readHead(stream: Stream, queue: ByteQueue): Promise<ResponseHead> {
  let reader = new HeaderBlockReader();
  for (;;) {
    const lines = reader.next(queue);
    if (lines === undefined) {
      const data = await stream.read();
      if (data === null) throw new HttpError(502, 'the server closed the connection without a response');
      queue.push(data);
      continue;
    }
    const head = parseResponseHead(lines);
    if (head.status >= 200 || head.status === 101) return head;
    reader = new HeaderBlockReader();
  }
}

function parseResponseHead(lines: readonly string[]): ResponseHead {
  const [, status] = /^HTTP\/1\.[01] ([1-5]\d\d)(?: .*)?$/.exec(lines[0] ?? '') ?? [];
  if (status === undefined) throw new HttpError(502, 'what the server sent is not HTTP/1.1');
  return { status: Number(status), headers: parseFields(lines, 1) };
}

function openResponse(
  stream: Stream,
  queue: ByteQueue,
  head: ResponseHead,
  body: BodyDecoder,
): IncomingResponse {
  const endsWithConnection = body.remaining === undefined && !head.headers.has('transfer-encoding');

  async function read(): Promise<Uint8Array | null> {
    for (;;) {
      const data = body.next(queue);
      if (data !== undefined) return data;
      const arrived = await stream.read();
      if (arrived !== null) queue.push(arrived);
      else if (endsWithConnection) return null;
      else throw new HttpError(502, 'the server closed the connection within its response');
    }
  }

  return {
    ...head,
    read,
    async readAll() {
      const parts: Uint8Array[] = [];
      try {
        for (let data = await read(); data !== null; data = await read()) parts.push(data);
        return concatBytes(parts);
      } finally {
        stream.close();
      }
    },
    rawStream: () => ({
      fd: stream.fd,
      read: () => (queue.length > 0 ? Promise.resolve(queue.take(queue.length)) : stream.read()),
      write: (data) => stream.write(data),
      end: () => stream.end(),
      close: () => stream.close(),
    }),
    close: () => stream.close(),
  };
}
