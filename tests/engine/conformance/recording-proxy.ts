import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AnswerCheck } from './answer-check.ts';
import { tapHttp } from './http-tap.ts';

/** Stands between clients and the engine: passes every byte on as it is, and checks the answers. */
export class RecordingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #violations: string[] = [];

  private constructor(target: string, check: AnswerCheck) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      const engine = connect({ path: target, allowHalfOpen: true });
      const tap = tapHttp((answer) => this.#violations.push(...check(answer)));
      client.on('data', tap.fromClient);
      engine.on('data', tap.fromServer);
      engine.on('close', tap.end);
      this.#join(client, engine);
      this.#join(engine, client);
    });
  }

  /** Starts one that listens at `path`. */
  static async start(path: string, target: string, check: AnswerCheck): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(target, check);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(path, resolve);
    });
    return proxy;
  }

  /** What did not fit since the last call, each once. */
  takeViolations(): string[] {
    return [...new Set(this.#violations.splice(0))];
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    const address = this.#server.address();
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
