/** Connections to servers: addresses one after the other, through a proxy or not, with TLS or without. */
import { exchange } from '../http/client.ts';
import { encodeBase64 } from '../linux/base64.ts';
import { encodeUtf8 } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import { withTimeout } from '../linux/event-loop.ts';
import { connectTcp } from '../linux/socket.ts';
import type { Stream } from '../linux/stream.ts';
import type { Certificates } from './certificates.ts';
import { resolveHost } from './resolve.ts';
import { startTls } from './tls.ts';
import { hostAndPort, type Url } from './url.ts';

const CONNECT_MILLISECONDS = 15_000;

export interface DialOptions {
  readonly certificates: Certificates;
  /** Accepts any certificate. */
  readonly isInsecure: boolean;
  readonly proxy: Url | undefined;
}

/** Connects to the server of a URL. Throws an Error that says, as Docker does, what was being dialled. */
export async function dial(url: Url, { certificates, isInsecure, proxy }: DialOptions): Promise<Stream> {
  const connection = proxy === undefined ? await connectTo(url) : await connectThrough(proxy, url);
  if (url.scheme === 'http') return connection;
  return startTls(connection, { ...certificates, host: url.host, isInsecure });
}

async function connectTo({ host, port }: Pick<Url, 'host' | 'port'>): Promise<Stream> {
  const addresses = await resolveHost(host).catch((error: unknown) => {
    throw new Error(`dial tcp: ${errorMessage(error)}`);
  });
  let failure: unknown;
  for (const address of addresses) {
    try {
      return await connectInTime(address, port);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

async function connectInTime(address: string, port: number): Promise<Stream> {
  const name = hostAndPort({ host: address, port });
  let isLate = false;
  const connecting = connectTcp(address, port).then((stream) => {
    if (isLate) stream.close();
    return stream;
  });
  try {
    return await withTimeout(connecting, CONNECT_MILLISECONDS, new Error('i/o timeout'));
  } catch (error) {
    isLate = true;
    throw new Error(`dial tcp ${name}: ${errorMessage(error).replace(/^connect \S+: /, 'connect: ')}`);
  }
}

/** A tunnel by CONNECT (RFC 9110, 9.3.6) for TLS; for plain HTTP the connection to the proxy itself. */
async function connectThrough(proxy: Url, url: Url): Promise<Stream> {
  const connection = await connectTo(proxy).catch((error: unknown) => {
    throw new Error(`proxyconnect ${errorMessage(error).replace(/^dial /, '')}`);
  });
  if (url.scheme === 'http') return connection;
  const target = hostAndPort(url);
  const headers = { Host: target, ...proxyAuthorization(proxy) };
  const response = await exchange(connection, { method: 'CONNECT', target, headers });
  if (response.status === 200) return connection;
  response.close();
  throw new Error(`proxyconnect tcp: the proxy answered ${response.status}`);
}

/** The header field for a proxy that wants a password. */
export function proxyAuthorization({ credentials }: Url): { 'Proxy-Authorization'?: string } {
  if (credentials === undefined) return {};
  return { 'Proxy-Authorization': `Basic ${encodeBase64(encodeUtf8(credentials))}` };
}
