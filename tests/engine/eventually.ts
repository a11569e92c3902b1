import { setTimeout } from 'node:timers/promises';

/**
 * Waits until something is so.
 * @param what in words, for the error
 * @throws when it is not within that many seconds
 */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  seconds = 15,
): Promise<void> {
  for (const deadline = Date.now() + seconds * 1000; ; await setTimeout(20)) {
    if (await isSo()) return;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
  }
}
