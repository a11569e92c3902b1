import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { RegistryImage } from './registry-images.ts';

/** Answers a request in place of the registry, or returns false to leave it to the registry. */
export type Interception = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface ScriptedOptions {
  /** A free one if absent. */
  readonly port?: number;
  /** Of this machine; 127.0.0.1 if absent. */
  readonly address?: string;
  /** PEM texts: its own, and the certificate that clients must show. Without them it speaks plain HTTP. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clients: string };
}

/** A registry in this process that gives what it was given, unless a test has it do something else. */
export class ScriptedRegistry {
  /** Every request that came. */
  readonly requests: IncomingMessage[] = [];
  intercept: Interception = () => false;
  readonly #server: Server;
  /** By path. */
  readonly #documents = new Map<string, { content: Buffer; type: string; digest: string }>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start({
    port = 0,
    address = '127.0.0.1',
    tls,
  }: ScriptedOptions = {}): Promise<ScriptedRegistry> {
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      registry.#receive(request, response);
    const server =
      tls === undefined
        ? createServer(answer)
        : createTlsServer(
            {
              cert: tls.certificate,
              key: tls.key,
              ca: tls.clients,
              requestCert: true,
              rejectUnauthorized: true,
            },
            answer,
          );
    const registry = new ScriptedRegistry(server);
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    return registry;
  }

  /** Host and port. */
  get name(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  /** Takes an image, and those that are below it if it is an index. */
  put(repository: string, tag: string, image: RegistryImage, ...below: readonly RegistryImage[]): void {
    const base = `/v2/${repository}`;
    for (const { blobs, manifest, mediaType, digest } of [image, ...below]) {
      this.#documents.set(`${base}/manifests/${digest}`, { content: manifest, type: mediaType, digest });
      for (const [blobDigest, content] of blobs) {
        const type = 'application/octet-stream';
        this.#documents.set(`${base}/blobs/${blobDigest}`, { content, type, digest: blobDigest });
      }
    }
    const { manifest: content, mediaType: type, digest } = image;
    this.#documents.set(`${base}/manifests/${tag}`, { content, type, digest });
  }

  /** How often something was fetched whose path has this text in it. */
  fetches(text: string): number {
    return this.requests.filter(({ method, url }) => method === 'GET' && url?.includes(text)).length;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(request);
    if (!this.intercept(request, response)) this.answer(request, response);
  }

  /** Answers as a registry does: for tests that have held a request back. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    const document = this.#documents.get(path);
    if (path === '/v2/') {
      response.end('{}');
    } else if (document === undefined) {
      const kind = path.includes('/blobs/') ? 'blob' : 'manifest';
      refuse(response, 404, `${kind.toUpperCase()}_UNKNOWN`, `${kind} unknown`);
    } else {
      sendBlob(request, response, document);
    }
  }
}

/** An error as registries send it. */
export function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

function sendBlob(
  request: IncomingMessage,
  response: ServerResponse,
  { content, type, digest }: { content: Buffer; type: string; digest: string },
): void {
  const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const headers = { 'Content-Type': type, 'Docker-Content-Digest': digest };
  if (start === undefined) {
    response.writeHead(200, { ...headers, 'Content-Length': content.length });
    response.end(content);
    return;
  }
  const rest = content.subarray(Number(start));
  const range = `bytes ${start}-${content.length - 1}/${content.length}`;
  response.writeHead(206, { ...headers, 'Content-Length': rest.length, 'Content-Range': range });
  response.end(rest);
}

/** Sends the beginning of a body that says it is longer, and breaks the connection. */
export function sendHalf(response: ServerResponse, content: Buffer): void {
  response.writeHead(200, { 'Content-Length': content.length });
  response.write(content.subarray(0, Math.floor(content.length / 2)), () => response.destroy());
}
