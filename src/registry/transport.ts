/** Single requests to servers, with redirects followed. */
import { exchange, type IncomingResponse, type OutgoingRequest } from '../http/client.ts';
import { concatBytes } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import { setTimer } from '../linux/event-loop.ts';
import { environmentVariable } from '../linux/process.ts';
import type { Stream } from '../linux/stream.ts';
import type { Certificates } from './certificates.ts';
import { dial, proxyAuthorization } from './dial.ts';
import { proxyFor } from './proxy.ts';
import { authority, formatUrl, parseUrl, type Url } from './url.ts';

/** Without a byte for so long a server counts as dead. */
const IDLE_MILLISECONDS = 60_000;
const MAXIMUM_REDIRECTS = 10;
const REDIRECTS = [301, 302, 303, 307, 308];

export interface Transport {
  /**
   * Sends a request; redirects of GET and HEAD are followed, without credentials if they lead to another host.
   * Throws ConnectionError if there is no answer.
   */
  send(request: ServerRequest): Promise<ServerResponse>;
}

export interface ServerRequest extends Pick<OutgoingRequest, 'method' | 'headers' | 'body'> {
  readonly url: Url;
}

export interface ServerResponse extends IncomingResponse {
  /** Where it came from in the end. */
  readonly url: Url;
}

/** No answer, or one that broke off. `Get "https://host/path": reason`, as Docker says it. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** Requests by connections that use these certificates, and proxies by the environment. */
export function openTransport(options: { certificates: Certificates; isInsecure: boolean }): Transport {
  async function sendOnce({ url, method, headers, body }: ServerRequest): Promise<ServerResponse> {
    try {
      const proxy = proxyFor(url, environmentVariable);
      const isProxied = proxy !== undefined && url.scheme === 'http';
      const connection = withIdleLimit(await dial(url, { ...options, proxy }));
      const response = await exchange(connection, {
        method,
        target: isProxied ? formatUrl(url) : url.target,
        headers: { Host: authority(url), ...headers, ...(isProxied && proxyAuthorization(proxy)) },
        ...(body !== undefined && { body }),
      });
      return { ...response, url };
    } catch (error) {
      const verb = method.charAt(0) + method.slice(1).toLowerCase();
      throw new ConnectionError(`${verb} "${formatUrl(url)}": ${errorMessage(error)}`, { cause: error });
    }
  }

  return {
    async send(request) {
      let current = request;
      for (let count = 0; ; count++) {
        const response = await sendOnce(current);
        const location = response.headers.get('location');
        const isFollowed = request.method === 'GET' || request.method === 'HEAD';
        if (!isFollowed || !REDIRECTS.includes(response.status) || location === undefined) return response;
        response.close();
        const where = formatUrl(current.url);
        if (count === MAXIMUM_REDIRECTS)
          throw new ConnectionError(`Get "${where}": stopped after 10 redirects`);
        current = redirected(current, location);
      }
    },
  };
}

/** The request at another place. Only there where they were meant for, credentials go along. */
function redirected(request: ServerRequest, location: string): ServerRequest {
  const url = parseUrl(location, request.url);
  const where = formatUrl(request.url);
  if (request.url.scheme === 'https' && url.scheme === 'http') {
    throw new ConnectionError(`Get "${where}": refused to be redirected from https to ${formatUrl(url)}`);
  }
  const isSameHost = authority(url) === authority(request.url) && url.scheme === request.url.scheme;
  const { Authorization, ...others } = request.headers ?? {};
  return { ...request, url, headers: isSameHost ? (request.headers ?? {}) : others };
}

/** Gives the connection up when nothing has moved for long, in neither direction, although somebody waits for it. */
function withIdleLimit(stream: Stream): Stream {
  let waiting = 0;
  let hasExpired = false;
  let cancel: (() => void) | undefined;

  function restart(change: 1 | -1): void {
    waiting += change;
    cancel?.();
    cancel = waiting === 0 ? undefined : setTimer(IDLE_MILLISECONDS, expire);
  }

  function expire(): void {
    hasExpired = true;
    stream.close();
  }

  async function limited<Value>(operation: Promise<Value>): Promise<Value> {
    restart(1);
    try {
      const value = await operation;
      if (hasExpired) throw new Error('i/o timeout');
      return value;
    } finally {
      restart(-1);
    }
  }

  return {
    fd: stream.fd,
    read: () => limited(stream.read()),
    write: (data) => limited(stream.write(data)),
    end: () => stream.end(),
    close: () => stream.close(),
  };
}

/** The rest of a body, which must not be longer than `limit` bytes. Closes the connection. */
export async function readBody(response: ServerResponse, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for (let data = await response.read(); data !== null; data = await response.read()) {
      pieces.push(data);
      length += data.length;
      if (length > limit) throw new Error(`more than ${limit} bytes`);
    }
    return concatBytes(pieces);
  } catch (error) {
    throw new ConnectionError(`Get "${formatUrl(response.url)}": ${errorMessage(error)}`, { cause: error });
  } finally {
    response.close();
  }
}
