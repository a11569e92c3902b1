/** Trying again while the network comes up. */
import { sleep } from '../linux/event-loop.ts';

const LONGEST_PAUSE = 4000;

/**
 * Does something until it works, or as often as that. The pauses are 1, 2, 4, 4, … seconds.
 * @param attempts at least one
 * @throws the last error
 */
export async function withPatience<Value>(attempts: number, action: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt >= attempts) throw error;
      await sleep(Math.min(LONGEST_PAUSE, 1000 * 2 ** (attempt - 1)));
    }
  }
}
