/** The raw stream behind a hijacked channel. */
import type { Stream } from '../linux/stream.ts';
import type { Channel } from './channel.ts';
import type { HttpRequest } from './request.ts';

/**
 * Takes a connection over. What the client sent before is read first. With `body`, the client's side of the stream is
 * the request's chunked body, as clients send that do not upgrade.
 */
export function openHijackedStream(channel: Channel, body: HttpRequest | undefined): Stream {
  const stream = channel.hijack();
  return {
    fd: stream.fd,
    read: () => (body === undefined ? channel.readRaw() : body.read()),
    write: (data) => stream.write(data),
    end: () => stream.end(),
    close: () => channel.close(),
  };
}
