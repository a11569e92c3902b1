import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as text. */
  readonly text: string;
}

export interface HttpQuestion {
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, bytes, or a value that is sent as JSON. */
  readonly body?: string | Uint8Array | object;
}

/** One request on a connection of its own, for what a client of Docker would not send or not show. */
export function askHttp(
  socketPath: string,
  method: string,
  path: string,
  { headers = {}, body }: HttpQuestion = {},
): Promise<HttpAnswer> {
  const isPlain = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const bytes = isPlain ? body : JSON.stringify(body);
  const fields = isPlain ? headers : { 'Content-Type': 'application/json', ...headers };
  return new Promise((resolve, reject) => {
    const question = request({ socketPath, method, path, headers: fields, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const whole = Buffer.concat(parts);
        const { statusCode: status = 0, headers } = answer;
        resolve({ status, headers, body: whole, text: whole.toString() });
      });
    });
    question.on('error', reject);
    question.end(bytes);
  });
}

/** A connection on which a test says what it likes. */
export interface RawConnection {
  readonly socket: Socket;
  /** What has come so far, one character a byte. */
  received(): string;
  /** Resolves when the other side has closed, whichever way. */
  readonly closed: Promise<void>;
}

export async function connectRaw(socketPath: string): Promise<RawConnection> {
  const socket = connect(socketPath);
  let text = '';
  socket.on('data', (part: Buffer) => {
    text += part.toString('latin1');
  });
  socket.on('error', () => {}); // told by "close"
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return { socket, received: () => text, closed };
}
