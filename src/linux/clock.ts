/** Clocks, by clock_gettime(2). */
import { call } from './syscall.ts';

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;

function readClock(clock: number): { seconds: number; nanoseconds: number } {
  const buffer = new Uint8Array(16);
  call('clock_gettime', clock, buffer);
  const view = new DataView(buffer.buffer);
  return { seconds: Number(view.getBigInt64(0, true)), nanoseconds: view.getUint32(8, true) };
}

/** Milliseconds since boot, with a fraction; never jumps. */
export function monotonicMilliseconds(): number {
  const { seconds, nanoseconds } = readClock(CLOCK_MONOTONIC);
  return seconds * 1000 + nanoseconds / 1e6;
}

/** Wall-clock time since 1970. */
export function currentTime(): { seconds: number; nanoseconds: number } {
  return readClock(CLOCK_REALTIME);
}

/** Wall-clock time as Docker writes it: RFC 3339 with nine digits of a second, UTC. */
export function timestamp(): string {
  const { seconds, nanoseconds } = currentTime();
  return formatTimestamp(seconds, nanoseconds);
}

/** An instant as RFC 3339 with nanoseconds, UTC. */
export function formatTimestamp(seconds: number, nanoseconds: number): string {
  const date = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${date}.${nanoseconds.toString().padStart(9, '0')}Z`;
}
