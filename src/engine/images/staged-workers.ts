/** Workers that together bring something about in a directory of the scratch, or nothing. */
import { WorkerGroup } from '../../linux/worker-group.ts';
import type { Scratch } from '../scratch.ts';

export class StagedWorkers extends WorkerGroup {
  /** The directory. */
  readonly staging: string;
  readonly #scratch: Scratch;
  #failure: unknown;

  constructor(scratch: Scratch) {
    super();
    this.#scratch = scratch;
    this.staging = scratch.create();
  }

  /**
   * Runs what starts the workers and waits for them. No worker and no directory is left when this has settled.
   * @throws what `fail` was told first, or else what `work` throws
   */
  async complete<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw this.#failure ?? error;
    } finally {
      this.kill();
      await this.gone();
      this.#scratch.discard(this.staging);
    }
  }

  /** Ends all workers, because something that `work` does not wait for went wrong. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.kill();
  }
}
