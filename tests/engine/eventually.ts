import { setTimeout } from 'node:timers/promises';
import { slowness } from './virtual.ts';

/**
 * Waits until something is so.
 * @param what in words, for the error
 * @param seconds after which it gives up; more in a virtual machine
 * @throws when it is not so by then
 */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  seconds = 15,
): Promise<void> {
  for (const deadline = Date.now() + seconds * slowness * 1000; ; await setTimeout(20)) {
    if (await isSo()) return;
    if (Date.now() > deadline) throw new Error(`not within ${seconds * slowness} s: ${what}`);
  }
}
