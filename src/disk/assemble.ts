/** Putting together the devices that a filesystem may lie on out of those that the machine has. */
import { monotonicMilliseconds } from '../linux/clock.ts';
import { sleep } from '../linux/event-loop.ts';

/** Between two looks, in milliseconds. */
const PAUSE = 50;

/** Makes devices of one kind out of what is there. What goes wrong is told, and tried once. */
export interface Assembler {
  /** @param isLate whether nothing more is waited for, so that what is incomplete must do, or be refused */
  look(isLate: boolean): void | Promise<void>;
  /** Paths of what should have become a part of another device and did not. */
  readonly leftOver: readonly string[];
}

/**
 * Lets each look at what is there, in this order, since one may lie on what the one before has made.
 * @param milliseconds how long disks may take to appear
 * @param isEnough tells that nothing is waited for any more
 */
export async function assemble(
  assemblers: readonly Assembler[],
  milliseconds: number,
  isEnough: () => boolean,
): Promise<void> {
  if (assemblers.length === 0) return;
  const deadline = monotonicMilliseconds() + milliseconds;
  for (;;) {
    const isLate = monotonicMilliseconds() >= deadline;
    for (const assembler of assemblers) await assembler.look(isLate);
    if (isLate || isEnough()) return;
    await sleep(PAUSE);
  }
}
