/** Workers that serve one purpose and end together. */
import { startWorker, type Worker, type WorkerOptions } from './worker.ts';

export class WorkerGroup {
  readonly #workers = new Set<Worker<unknown>>();
  #isKilled = false;

  /** Like `startWorker`, for one of the group. */
  async run<Message, Result>(
    options: WorkerOptions<Message>,
    task: (send: (message: Message) => void) => Result | Promise<Result>,
  ): Promise<Result> {
    const worker = startWorker(options, task);
    this.#workers.add(worker);
    if (this.#isKilled) worker.kill();
    try {
      return await worker.result;
    } finally {
      this.#workers.delete(worker);
    }
  }

  /** Ends them, and whoever comes later; their results reject. */
  kill(): void {
    this.#isKilled = true;
    for (const worker of this.#workers) worker.kill();
  }

  /** Resolves when none of them is left. */
  async gone(): Promise<void> {
    await Promise.allSettled([...this.#workers].map(({ result }) => result));
  }
}
