import { rm } from 'node:fs/promises';
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';

/** A unix socket whose connections lead elsewhere: every byte is passed on as it is. */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: NetConnectOpts, watch: (client: Socket, target: Socket) => void) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      const onward = connect({ ...target, allowHalfOpen: true });
      watch(client, onward);
      this.#join(client, onward);
      this.#join(onward, client);
    });
  }

  /**
   * Starts one that listens at `path`.
   * @param watch is given both ends of each connection, to listen to what they say
   */
  static async start(
    path: string,
    target: NetConnectOpts,
    watch: (client: Socket, target: Socket) => void = () => {},
  ): Promise<Relay> {
    const relay = new Relay(target, watch);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject);
      relay.#server.listen(path, resolve);
    });
    return relay;
  }

  async stop(): Promise<void> {
    const address = this.#server.address();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    if (typeof address === 'string') await rm(address, { force: true });
  }

  /** Whatever happens to one socket happens to the other one. */
  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      if (from.errored || !from.readableEnded) to.destroy();
    });
  }
}
