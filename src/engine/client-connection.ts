/** Requests to an engine: one connection each, errors as exceptions. */
import { exchange, type IncomingResponse, type OutgoingRequest } from '../http/client.ts';
import { encodeQuery, type QueryInput } from '../http/query.ts';
import { decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { connectTcp, connectUnix } from '../linux/socket.ts';
import type { Stream } from '../linux/stream.ts';
import { EngineApiError } from './engine-api-error.ts';

/** Opens a connection to the engine. */
export type Connect = () => Promise<Stream>;

/**
 * How to reach the engine at an address: `unix:///path`, `/path`, or `tcp://address:port` with an IPv4 address or
 * `localhost`. Throws an Error for anything else.
 */
export function connectorFor(address: string): Connect {
  const [, path] = /^(?:unix:\/\/)?(\/.+)$/.exec(address) ?? [];
  if (path !== undefined) return () => connectUnix(path);
  const [, name, port] = /^tcp:\/\/([^:/]+):(\d{1,5})\/?$/.exec(address) ?? [];
  if (name === undefined || Number(port) > 65535) {
    throw new Error(`invalid engine address "${address}": expected unix:///path or tcp://address:port`);
  }
  return () => connectTcp(name === 'localhost' ? '127.0.0.1' : name, Number(port));
}

export interface EngineRequest extends Omit<OutgoingRequest, 'target'> {
  /** Encoded, without a version. */
  readonly path: string;
  readonly query?: QueryInput;
  /** A body to be sent as JSON. */
  readonly json?: unknown;
}

/** Sends a request. Throws EngineApiError if the engine answers with an error status, SyscallError. */
export async function request(connect: Connect, options: EngineRequest): Promise<IncomingResponse> {
  const { path, query, json, ...rest } = options;
  const jsonParts =
    json === undefined
      ? {}
      : {
          body: encodeUtf8(JSON.stringify(json)),
          headers: { 'Content-Type': 'application/json', ...rest.headers },
        };
  const target = `${path}${encodeQuery(query ?? {})}`;
  const response = await exchange(await connect(), { ...rest, ...jsonParts, target });
  if (response.status < 400) return response;
  throw new EngineApiError(response.status, errorText(decodeUtf8(await response.readAll())));
}

/** The message of an error answer; an engine that does not speak JSON is quoted. */
function errorText(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not JSON.
  }
  return body.trim() || 'the engine gave no reason';
}

/** Like `request`, for answers in JSON. Their shape is the engine's promise; it is not checked. */
export async function requestJson<Value>(connect: Connect, options: EngineRequest): Promise<Value> {
  const response = await request(connect, options);
  return JSON.parse(decodeUtf8(await response.readAll())) as Value;
}

/** Like `request`, for answers without a body. Returns the status. */
export async function requestStatus(connect: Connect, options: EngineRequest): Promise<number> {
  const response = await request(connect, options);
  response.close();
  return response.status;
}

/** One segment of a path. */
export function segment(text: string): string {
  return encodeURIComponent(text);
}

/** An image name as part of a path: its slashes stay. */
export function imagePath(name: string): string {
  return `/images/${name.split('/').map(encodeURIComponent).join('/')}`;
}

/** Docker's filters parameter; undefined if there are none. */
export function encodeFilters(filters: Filters | undefined): string | undefined {
  if (filters === undefined || Object.keys(filters).length === 0) return undefined;
  const maps = Object.entries(filters).map(([name, values]) => [
    name,
    Object.fromEntries(values.map((value) => [value, true])),
  ]);
  return JSON.stringify(Object.fromEntries(maps));
}

/** Such as `{ label: ['a=b'], status: ['running'] }`. */
export type Filters = Readonly<Record<string, readonly string[]>>;
