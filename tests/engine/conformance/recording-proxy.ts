import { Relay } from '../relay.ts';
import type { AnswerCheck } from './answer-check.ts';
import { tapHttp } from './http-tap.ts';

/** Stands between clients and the engine: passes every byte on as it is, and checks the answers. */
export class RecordingProxy {
  readonly #relay: Relay;
  readonly #violations: string[];

  private constructor(relay: Relay, violations: string[]) {
    this.#relay = relay;
    this.#violations = violations;
  }

  /** Starts one that listens at `path`. */
  static async start(path: string, target: string, check: AnswerCheck): Promise<RecordingProxy> {
    const violations: string[] = [];
    const relay = await Relay.start(path, { path: target }, (client, engine) => {
      const tap = tapHttp((answer) => violations.push(...check(answer)));
      client.on('data', tap.fromClient);
      engine.on('data', tap.fromServer);
      engine.on('close', tap.end);
    });
    return new RecordingProxy(relay, violations);
  }

  /** What did not fit since the last call, each once. */
  takeViolations(): string[] {
    return [...new Set(this.#violations.splice(0))];
  }

  stop(): Promise<void> {
    return this.#relay.stop();
  }
}
