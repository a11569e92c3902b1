/** Two prunes at once would count what they free twice: the second is refused, as by Docker. */
import { conflict } from '../errors.ts';

/** Makes a guard: what it runs must be over before it runs something else, or that is answered with 409. */
export function pruneTurns(): <Result>(prune: () => Promise<Result>) => Promise<Result> {
  let isRunning = false;
  return async (prune) => {
    if (isRunning) throw conflict('a prune operation is already running');
    isRunning = true;
    try {
      return await prune();
    } finally {
      isRunning = false;
    }
  };
}
