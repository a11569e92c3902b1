import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A forward proxy that wants a password: CONNECT for TLS, whole URLs for plain HTTP. */
export class HttpProxy {
  /** What it was asked for, such as `CONNECT registry.test:443` and `GET http://registry.test/v2/`. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * @param credentials `user:password`
   * @param route gives the port and address behind a name, which only the proxy knows; undefined: it refuses
   */
  static async start(
    credentials: string,
    route: (hostAndPort: string) => { host: string; port: number } | undefined,
  ): Promise<HttpProxy> {
    const server = createServer();
    const proxy = new HttpProxy(server);
    const expected = `Basic ${Buffer.from(credentials).toString('base64')}`;
    const admit = (
      request: IncomingMessage,
      hostAndPort: string,
    ): number | { host: string; port: number } => {
      proxy.asked.push(`${request.method} ${request.url}`);
      if (request.headers['proxy-authorization'] !== expected) return 407;
      return route(hostAndPort) ?? 403;
    };
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '');
      const target = admit(request, url.host);
      if (typeof target === 'number') {
        response.writeHead(target).end();
        return;
      }
      const { 'proxy-authorization': _, ...headers } = request.headers;
      const path = `${url.pathname}${url.search}`;
      const onward = httpRequest({ ...target, method: request.method ?? 'GET', path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
    server.on('connect', (request, socket: Socket) => {
      const target = admit(request, request.url ?? '');
      if (typeof target === 'number') {
        socket.end(`HTTP/1.1 ${target} No\r\n\r\n`);
        return;
      }
      const onward = connect(target, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      for (const each of [socket, onward]) {
        proxy.#sockets.add(each);
        each.on('error', () => {
          socket.destroy();
          onward.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
