/**
 * The event loop: epoll(7) for descriptors, a sorted list for timers, promise reactions in between.
 *
 * Every callback is a fault boundary: what it throws is logged with its stack and the loop goes on. A promise that is
 * rejected and handled by nobody is logged as well.
 */
import { monotonicMilliseconds } from './clock.ts';
import { close } from './file-descriptor.ts';
import { log } from './log.ts';
import { attempt, call, checked } from './syscall.ts';

/** Events of epoll_ctl(2). */
export const EPOLL = { IN: 0x1, PRI: 0x2, OUT: 0x4, ERR: 0x8, HUP: 0x10, RDHUP: 0x2000 } as const;

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const EPOLL_CLOEXEC = 0o2000000;
const MAXIMUM_EVENTS = 64;

/** After how many milliseconds in which nothing happened a process gives back the memory that it does not use. */
const TRIM_AFTER = 2000;
/** And after how many in which something happened all the time. */
const TRIM_AT_LATEST = 5000;

export interface Watch {
  /** Which events to report from now on; 0 pauses (errors and hang-ups are always reported). */
  setEvents(events: number): void;
  /** Stops watching. Must be called before the descriptor is closed. */
  stop(): void;
}

interface Timer {
  due: number;
  callback: () => void;
}

interface LoopState {
  epoll: number;
  watches: Map<number, (events: number) => void>;
  timers: Timer[];
  rejections: Map<Promise<unknown>, unknown>;
  isStopped: boolean;
  /** When the first thing happened since memory was given back; undefined if nothing has. */
  busySince: number | undefined;
}

let state: LoopState | undefined;

function loop(): LoopState {
  if (state === undefined) {
    const rejections = new Map<Promise<unknown>, unknown>();
    host.onRejection = (promise, reason, isHandled) => {
      if (isHandled) rejections.delete(promise);
      else rejections.set(promise, reason);
    };
    state = {
      epoll: call('epoll_create1', EPOLL_CLOEXEC),
      watches: new Map(),
      timers: [],
      rejections,
      isStopped: false,
      busySince: monotonicMilliseconds(),
    };
  }
  return state;
}

/**
 * struct epoll_event is packed on x86-64 only (epoll_ctl(2)): events (u32), then the data, which starts at byte 4
 * there and at byte 8 elsewhere.
 */
function eventLayout(): { size: number; data: number } {
  return host.architecture === 'x86_64' ? { size: 12, data: 4 } : { size: 16, data: 8 };
}

function control(operation: number, fd: number, events: number): number {
  const { size, data } = eventLayout();
  const event = new Uint8Array(size);
  const view = new DataView(event.buffer);
  view.setUint32(0, events, true);
  view.setUint32(data, fd, true);
  return attempt('epoll_ctl', loop().epoll, operation, fd, event);
}

/** Whether epoll can watch the descriptor; it cannot for regular files and directories. */
export function isWatchable(fd: number): boolean {
  const result = control(EPOLL_CTL_ADD, fd, 0);
  if (result === 0) control(EPOLL_CTL_DEL, fd, 0);
  return result === 0;
}

/** Calls `callback` with the events that happened, as long as they last (level-triggered). */
export function watch(fd: number, events: number, callback: (events: number) => void): Watch {
  checked(control(EPOLL_CTL_ADD, fd, events), 'epoll_ctl');
  loop().watches.set(fd, callback);
  return {
    setEvents: (wanted) => {
      checked(control(EPOLL_CTL_MOD, fd, wanted), 'epoll_ctl');
    },
    stop: () => {
      if (loop().watches.get(fd) !== callback) return;
      control(EPOLL_CTL_DEL, fd, 0);
      loop().watches.delete(fd);
    },
  };
}

/** Calls `callback` once after a time. Returns a function that cancels it. */
export function setTimer(milliseconds: number, callback: () => void): () => void {
  const { timers } = loop();
  const timer: Timer = { due: monotonicMilliseconds() + milliseconds, callback };
  const after = timers.findIndex((other) => other.due > timer.due);
  timers.splice(after < 0 ? timers.length : after, 0, timer);
  return () => {
    const index = timers.indexOf(timer);
    if (index >= 0) timers.splice(index, 1);
  };
}

/** Resolves after a time. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimer(milliseconds, resolve);
  });
}

/** Resolves in the next turn of the loop. For long work in pieces, so that everybody else gets a turn in between. */
export function nextTurn(): Promise<void> {
  return sleep(0);
}

/** Rejects with `error` if the promise has not settled in time. */
export function withTimeout<Value>(
  promise: Promise<Value>,
  milliseconds: number,
  error: Error,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = setTimer(milliseconds, () => reject(error));
    promise.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (reason: unknown) => {
        cancel();
        reject(reason);
      },
    );
  });
}

/** Runs until `stopEventLoop`. */
export function runEventLoop(): void {
  const current = loop();
  while (!current.isStopped) {
    runPromiseReactions(current);
    if (!current.isStopped) waitForEvents(current);
    runDueTimers(current);
  }
  current.isStopped = false;
}

/** Runs the loop until the promise settles; its value, or throws its reason. For the commands' main functions. */
export function runUntilSettled<Value>(promise: Promise<Value>): Value {
  let outcome: { value: Value } | { reason: unknown } | undefined;
  const settle = (result: { value: Value } | { reason: unknown }) => {
    outcome = result;
    stopEventLoop();
  };
  promise.then(
    (value) => settle({ value }),
    (reason: unknown) => settle({ reason }),
  );
  runEventLoop();
  if (outcome !== undefined && 'value' in outcome) return outcome.value;
  throw outcome?.reason;
}

/** Makes `runEventLoop` return after the callback that is running. */
export function stopEventLoop(): void {
  loop().isStopped = true;
}

/** Forgets everything that is watched and timed. For the child of a fork, whose parent keeps its own loop. */
export function resetEventLoop(): void {
  if (state !== undefined) close(state.epoll);
  state = undefined;
}

function guarded(what: string, callback: () => void): void {
  try {
    callback();
  } catch (error) {
    log.error(`${what} failed`, error);
  }
}

function runPromiseReactions(current: LoopState): void {
  host.runJobs();
  for (const reason of current.rejections.values()) log.error('unhandled rejection', reason);
  current.rejections.clear();
}

function waitForEvents(current: LoopState): void {
  const { size, data } = eventLayout();
  const buffer = new Uint8Array(size * MAXIMUM_EVENTS);
  const view = new DataView(buffer.buffer);
  const [next] = current.timers;
  const now = monotonicMilliseconds();
  const untilNext = next === undefined ? Infinity : Math.max(0, Math.ceil(next.due - now));
  const isTrimOverdue = current.busySince !== undefined && now - current.busySince > TRIM_AT_LATEST;
  if (isTrimOverdue) trim(current);
  const untilTrim = current.busySince === undefined ? Infinity : TRIM_AFTER;
  const timeout = Math.min(untilNext, untilTrim);
  const forever = -1;
  const count = call(
    'epoll_pwait',
    current.epoll,
    buffer,
    MAXIMUM_EVENTS,
    timeout === Infinity ? forever : timeout,
    null,
    8,
  );
  if (count === 0 && untilTrim < untilNext) trim(current);
  else current.busySince ??= monotonicMilliseconds();
  for (let index = 0; index < count; index++) {
    const events = view.getUint32(index * size, true);
    const fd = view.getUint32(index * size + data, true);
    guarded('event handler', () => current.watches.get(fd)?.(events));
    runPromiseReactions(current);
  }
}

function trim(current: LoopState): void {
  host.trimMemory();
  current.busySince = undefined;
}

function runDueTimers(current: LoopState): void {
  const now = monotonicMilliseconds();
  for (;;) {
    const [timer] = current.timers;
    if (timer === undefined || timer.due > now) return;
    current.timers.shift();
    guarded('timer', timer.callback);
    runPromiseReactions(current);
  }
}
