/** WebSocket connections (RFC 6455) as streams of bytes. */
import { encodeBase64 } from '../linux/base64.ts';
import { encodeUtf8 } from '../linux/bytes.ts';
import type { Stream } from '../linux/stream.ts';
import { HttpError, hasToken } from './message.ts';
import type { HttpRequest } from './request.ts';
import type { HttpResponse } from './response.ts';
import { type ClientFrame, encodeServerFrame, FrameDecoder, FrameError, OPCODE } from './websocket-frames.ts';

/** What the standard has both sides append to the client's key. */
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const NORMAL_CLOSURE = 1000;
const PROTOCOL_ERROR = 1002;

/**
 * Answers a request for a WebSocket. In the stream that it becomes, reads give the bytes of messages, whatever their
 * borders; each write is a binary message; `end` says good-bye.
 * @throws HttpError 400 for a request that asks for something else
 */
export async function acceptWebSocket(request: HttpRequest, response: HttpResponse): Promise<Stream> {
  const { headers } = request;
  const key = headers.get('sec-websocket-key');
  if (!request.wantsUpgrade || !hasToken(headers, 'upgrade', 'websocket') || key === undefined) {
    throw new HttpError(400, 'the request does not ask for a WebSocket');
  }
  if (headers.get('sec-websocket-version') !== '13') {
    response.setHeader('Sec-WebSocket-Version', '13');
    throw new HttpError(400, 'only version 13 of WebSocket is spoken');
  }
  const proof = encodeBase64(host.sha1(encodeUtf8(key + KEY_SUFFIX)));
  response.setHeader('Sec-WebSocket-Accept', proof);
  return webSocketStream(await response.hijack());
}

function webSocketStream(connection: Stream): Stream {
  const decoder = new FrameDecoder();
  let output: Promise<void> = Promise.resolve();
  let hasSaidGoodBye = false;

  /** One frame after the other: answers to pings come between what is written. */
  const send = (opcode: number, payload: Uint8Array): Promise<void> => {
    const sent = output.then(() => connection.write(encodeServerFrame(opcode, payload)));
    output = sent.catch(ignore);
    return sent;
  };
  const sayGoodBye = async (code: number): Promise<void> => {
    if (hasSaidGoodBye) return;
    hasSaidGoodBye = true;
    await send(OPCODE.close, new Uint8Array([code >> 8, code & 0xff])).catch(ignore);
  };

  let received: ClientFrame[] = [];
  const nextFrame = async (): Promise<ClientFrame | undefined> => {
    while (received.length === 0) {
      const bytes = await connection.read();
      if (bytes === null) return undefined;
      try {
        received = decoder.push(bytes);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        await sayGoodBye(PROTOCOL_ERROR);
        return undefined;
      }
    }
    return received.shift();
  };

  return {
    fd: connection.fd,
    async read() {
      for (let frame = await nextFrame(); frame !== undefined; frame = await nextFrame()) {
        if (frame.kind === 'data') return frame.payload;
        if (frame.kind === 'ping') await send(OPCODE.pong, frame.payload);
        if (frame.kind === 'close') break;
      }
      await sayGoodBye(NORMAL_CLOSURE);
      return null;
    },
    write: (data) => send(OPCODE.binary, data),
    end: () => void sayGoodBye(NORMAL_CLOSURE),
    close: () => connection.close(),
  };
}

function ignore(): void {}
