/** The engine's API as methods, for our own clients: the services, the commands, the tests. */
import type { ByteSource, IncomingResponse } from '../http/client.ts';
import type { QueryInput } from '../http/query.ts';
import { decodeUtf8 } from '../linux/bytes.ts';
import type { WindowSize } from '../linux/terminal.ts';
import type * as api from './api-types.ts';
import {
  type Connect,
  connectorFor,
  encodeFilters,
  type Filters,
  imagePath,
  request,
  requestJson,
  requestStatus,
  segment,
} from './client-connection.ts';
import { type JsonStream, openJsonStream } from './json-stream.ts';
import { MULTIPLEXED_STREAM, type OutputSource, openOutput } from './stdcopy.ts';

export type { Filters } from './client-connection.ts';
export { EngineApiError } from './engine-api-error.ts';

/** The streams of a process in a container. */
export interface Attachment {
  readonly output: OutputSource;
  /** Sends input. */
  write(data: Uint8Array): Promise<void>;
  /** No more input; the output goes on. */
  end(): void;
  close(): void;
}

/** A wait that the engine has registered. */
export interface PendingExit {
  readonly result: Promise<api.WaitAnswer>;
  /** Gives up; the result rejects. */
  close(): void;
}

export interface LogOptions {
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  /** A number of lines, or `all`. */
  readonly tail?: string;
  /** Seconds since 1970, with up to nine decimals. */
  readonly since?: string;
  readonly until?: string;
}

export interface AttachOptions {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  /** First what was written before. */
  readonly logs?: boolean;
  readonly detachKeys?: string;
}

export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

export class EngineClient {
  readonly #connect: Connect;

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  /** A client for the engine at `unix:///path`, `/path` or `tcp://address:port`. Connects when it is used. */
  static at(address: string): EngineClient {
    return new EngineClient(connectorFor(address));
  }

  /** The engine's API version. Rejects while the engine does not answer. */
  async ping(): Promise<string | undefined> {
    const response = await request(this.#connect, { method: 'GET', path: '/_ping' });
    await response.readAll();
    return response.headers.get('api-version');
  }

  version(): Promise<api.VersionAnswer> {
    return this.#get('/version');
  }

  /**
   * Replaces the engine's program by the one on the disk; resolves when that one has taken over.
   * @param successor what it is told in place of what the old one was told
   */
  async reexec(successor?: { Arguments: readonly string[]; Environment: readonly string[] }): Promise<void> {
    await requestStatus(this.#connect, { method: 'POST', path: '/paddock/reexec', json: successor });
  }

  info(): Promise<api.InfoAnswer> {
    return this.#get('/info');
  }

  /** Events as they happen, until `until` or for ever. Times are seconds since 1970. */
  async events(
    options: { since?: string; until?: string; filters?: Filters } = {},
  ): Promise<JsonStream<api.EngineEvent>> {
    const query = { ...options, filters: encodeFilters(options.filters) };
    return openJsonStream(await request(this.#connect, { method: 'GET', path: '/events', query }));
  }

  listContainers(
    options: { all?: boolean; size?: boolean; limit?: number; filters?: Filters } = {},
  ): Promise<api.ContainerSummary[]> {
    return this.#get('/containers/json', { ...options, filters: encodeFilters(options.filters) });
  }

  createContainer(config: api.CreateContainerRequest, name?: string): Promise<api.CreateContainerAnswer> {
    const query = { name };
    return requestJson(this.#connect, { method: 'POST', path: '/containers/create', query, json: config });
  }

  inspectContainer(id: string, options: { size?: boolean } = {}): Promise<api.ContainerInspection> {
    return this.#get(`/containers/${segment(id)}/json`, options);
  }

  /** Returns false if it was running already. */
  async startContainer(id: string, options: { detachKeys?: string } = {}): Promise<boolean> {
    return (await this.#containerAction('start', id, options)) !== 304;
  }

  /**
   * `t`: seconds until it is killed. `with-machine`, which Docker does not know: the machine goes down, and what restarts
   * `unless-stopped` comes back with it. Returns false if it was not running.
   */
  async stopContainer(
    id: string,
    options: { t?: number; signal?: string; 'with-machine'?: boolean } = {},
  ): Promise<boolean> {
    return (await this.#containerAction('stop', id, options)) !== 304;
  }

  async restartContainer(id: string, options: { t?: number; signal?: string } = {}): Promise<void> {
    await this.#containerAction('restart', id, options);
  }

  /** `signal`: a name or a number; KILL if absent. */
  async killContainer(id: string, options: { signal?: string } = {}): Promise<void> {
    await this.#containerAction('kill', id, options);
  }

  /** Unpacks an archive in a folder of a container, running or not. */
  async putArchive(id: string, path: string, archive: Uint8Array): Promise<void> {
    const headers = { 'Content-Type': 'application/x-tar' };
    const place = { path: `/containers/${segment(id)}/archive`, query: { path } };
    await requestStatus(this.#connect, { method: 'PUT', ...place, headers, body: archive });
  }

  async pauseContainer(id: string): Promise<void> {
    await this.#containerAction('pause', id);
  }

  async unpauseContainer(id: string): Promise<void> {
    await this.#containerAction('unpause', id);
  }

  async renameContainer(id: string, name: string): Promise<void> {
    await this.#containerAction('rename', id, { name });
  }

  /** Fails until the container's terminal exists. */
  async resizeContainer(id: string, { rows, columns }: WindowSize): Promise<void> {
    await this.#containerAction('resize', id, { h: rows, w: columns });
  }

  /** `v`: with its anonymous volumes; `force`: also if it is running. */
  async removeContainer(
    id: string,
    options: { v?: boolean; force?: boolean; link?: boolean } = {},
  ): Promise<void> {
    await requestStatus(this.#connect, {
      method: 'DELETE',
      path: `/containers/${segment(id)}`,
      query: options,
    });
  }

  /** Resolves once the engine has registered the wait, so that no exit after that is missed. */
  async waitContainer(id: string, condition: WaitCondition = 'not-running'): Promise<PendingExit> {
    const path = `/containers/${segment(id)}/wait`;
    const response = await request(this.#connect, { method: 'POST', path, query: { condition } });
    const result = response.readAll().then((body) => JSON.parse(decodeUtf8(body)) as api.WaitAnswer);
    // Whoever asks for the result learns of a failure; a wait that is given up is none.
    result.catch(() => {});
    return { result, close: () => response.close() };
  }

  top(id: string, psArguments?: string): Promise<api.TopAnswer> {
    return this.#get(`/containers/${segment(id)}/top`, { ps_args: psArguments });
  }

  async containerLogs(id: string, options: LogOptions): Promise<OutputSource> {
    const path = `/containers/${segment(id)}/logs`;
    const response = await request(this.#connect, { method: 'GET', path, query: { ...options } });
    return openOutput(response, isMultiplexed(response));
  }

  /** The container's streams from now on; also before its start. */
  async attachContainer(id: string, options: AttachOptions): Promise<Attachment> {
    const path = `/containers/${segment(id)}/attach`;
    const query = { stream: true, ...options };
    return openAttachment(await request(this.#connect, { method: 'POST', path, query, upgrade: 'tcp' }));
  }

  /** Returns the exec's id. */
  async createExec(container: string, exec: api.CreateExecRequest): Promise<string> {
    const path = `/containers/${segment(container)}/exec`;
    return (await requestJson<{ Id: string }>(this.#connect, { method: 'POST', path, json: exec })).Id;
  }

  /** Starts an exec and attaches to what it was created to attach. */
  async startExec(id: string, options: { tty: boolean; size?: WindowSize | undefined }): Promise<Attachment> {
    const ConsoleSize = options.size && [options.size.rows, options.size.columns];
    const json = { Detach: false, Tty: options.tty, ConsoleSize };
    const path = `/exec/${segment(id)}/start`;
    return openAttachment(await request(this.#connect, { method: 'POST', path, json, upgrade: 'tcp' }));
  }

  /** Starts an exec in the background. */
  async startExecDetached(id: string, tty: boolean): Promise<void> {
    const path = `/exec/${segment(id)}/start`;
    await requestStatus(this.#connect, { method: 'POST', path, json: { Detach: true, Tty: tty } });
  }

  inspectExec(id: string): Promise<api.ExecInspection> {
    return this.#get(`/exec/${segment(id)}/json`);
  }

  async resizeExec(id: string, { rows, columns }: WindowSize): Promise<void> {
    const query = { h: rows, w: columns };
    await requestStatus(this.#connect, { method: 'POST', path: `/exec/${segment(id)}/resize`, query });
  }

  listImages(
    options: { all?: boolean; digests?: boolean; filters?: Filters } = {},
  ): Promise<api.ImageSummary[]> {
    return this.#get('/images/json', { ...options, filters: encodeFilters(options.filters) });
  }

  inspectImage(name: string): Promise<api.ImageInspection> {
    return this.#get(`${imagePath(name)}/json`);
  }

  /** Pulls an image. The messages must be read to the end; one may be an error. `auth`: the field X-Registry-Auth. */
  async pullImage(name: string, auth?: string): Promise<JsonStream<api.ProgressMessage>> {
    const hasTag = /:[^/]*$|@/.test(name);
    const query = { fromImage: name, ...(hasTag ? {} : { tag: 'latest' }) };
    const headers = auth === undefined ? {} : { 'X-Registry-Auth': auth };
    const pull = { method: 'POST', path: '/images/create', query, headers };
    return openJsonStream(await request(this.#connect, pull));
  }

  /** Loads the images of an archive. The messages must be read to the end; one may be an error. */
  async loadImages(
    archive: ByteSource,
    options: { quiet?: boolean } = {},
  ): Promise<JsonStream<api.ProgressMessage>> {
    const headers = { 'Content-Type': 'application/x-tar' };
    const load = { method: 'POST', path: '/images/load', query: options, headers, body: archive };
    return openJsonStream(await request(this.#connect, load));
  }

  /**
   * Builds an image by the classic builder. The messages must be read to the end; one may be an error.
   * @param query as in the API; `remote` in place of an archive
   * @param auth the field X-Registry-Config
   */
  async buildImage(
    query: QueryInput,
    archive?: ByteSource,
    auth?: string,
  ): Promise<JsonStream<api.ProgressMessage>> {
    const headers = {
      'Content-Type': 'application/x-tar',
      ...(auth === undefined ? {} : { 'X-Registry-Config': auth }),
    };
    const build = { method: 'POST', path: '/build', query, headers };
    return openJsonStream(
      await request(this.#connect, archive === undefined ? build : { ...build, body: archive }),
    );
  }

  /** The images as an archive. */
  saveImages(names: readonly string[]): Promise<ByteSource & { close(): void }> {
    return request(this.#connect, { method: 'GET', path: '/images/get', query: { names } });
  }

  async tagImage(name: string, target: { repo: string; tag?: string }): Promise<void> {
    await requestStatus(this.#connect, { method: 'POST', path: `${imagePath(name)}/tag`, query: target });
  }

  removeImage(
    name: string,
    options: { force?: boolean; noprune?: boolean } = {},
  ): Promise<api.ImageDeletion[]> {
    return requestJson(this.#connect, { method: 'DELETE', path: imagePath(name), query: options });
  }

  listNetworks(): Promise<{ readonly Name: string }[]> {
    return this.#get('/networks');
  }

  /** A bridge unless it says otherwise. Refused with 409 if the name is taken. */
  createNetwork(network: { readonly Name: string }): Promise<{ readonly Id: string }> {
    return requestJson(this.#connect, { method: 'POST', path: '/networks/create', json: network });
  }

  #get<Value>(path: string, query: QueryInput = {}): Promise<Value> {
    return requestJson(this.#connect, { method: 'GET', path, query });
  }

  #containerAction(action: string, id: string, query: QueryInput = {}): Promise<number> {
    return requestStatus(this.#connect, {
      method: 'POST',
      path: `/containers/${segment(id)}/${action}`,
      query,
    });
  }
}

function isMultiplexed(response: IncomingResponse): boolean {
  return response.headers.get('content-type') === MULTIPLEXED_STREAM;
}

function openAttachment(response: IncomingResponse): Attachment {
  const stream = response.rawStream();
  return {
    output: openOutput(stream, isMultiplexed(response)),
    write: (data) => stream.write(data),
    end: () => stream.end(),
    close: () => stream.close(),
  };
}
