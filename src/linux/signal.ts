/** Signals: numbers, names, kill(2), and delivery to the event loop by signalfd(2). */
import { EPOLL, watch } from './event-loop.ts';
import { attempt, call } from './syscall.ts';

/** Signal numbers, the same on x86-64 and arm64 (signal(7)). */
const SIGNALS = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  PWR: 30,
  SYS: 31,
} as const;

export type SignalName = `SIG${keyof typeof SIGNALS}`;

const SIGRTMIN = 34;
const SIGRTMAX = 64;
const SIG_BLOCK = 0;
const SIG_SETMASK = 2;
const SIGINFO_SIZE = 128;
const SFD_NONBLOCK = 0o4000;
const SFD_CLOEXEC = 0o2000000;

/** The number of a signal: `15`, `TERM`, `SIGTERM`, `sigterm`, `RTMIN+3`; undefined if there is none. */
export function parseSignal(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= SIGRTMAX ? number : undefined;
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  if (realTime !== null) {
    const offset = Number(realTime[3] ?? 0) * (realTime[2] === '-' ? -1 : 1);
    const number = (realTime[1] === 'MIN' ? SIGRTMIN : SIGRTMAX) + offset;
    return number >= SIGRTMIN && number <= SIGRTMAX ? number : undefined;
  }
  return SIGNALS[name as keyof typeof SIGNALS];
}

/** The number of a signal by its full name. */
export function signalNumber(name: SignalName): number {
  return SIGNALS[name.slice(3) as keyof typeof SIGNALS];
}

/** Sends a signal. Throws SyscallError, `ESRCH` if there is no such process. */
export function kill(pid: number, signal: number): void {
  call('kill', pid, signal);
}

function maskOf(signals: readonly number[]): Uint8Array {
  let mask = 0n;
  for (const signal of signals) mask |= 1n << BigInt(signal - 1);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, mask, true);
  return bytes;
}

/** Calls `callback` in the event loop whenever the signal arrives. Returns a function that stops it. */
export function onSignal(name: SignalName, callback: () => void): () => void {
  return onSignals([signalNumber(name)], callback);
}

/** Calls `callback` with the number of each of these signals that arrives. Returns a function that stops it. */
export function onSignals(signals: readonly number[], callback: (signal: number) => void): () => void {
  const mask = maskOf(signals);
  call('rt_sigprocmask', SIG_BLOCK, mask, null, 8);
  const fd = call('signalfd4', -1, mask, 8, SFD_NONBLOCK | SFD_CLOEXEC);
  const information = new Uint8Array(SIGINFO_SIZE);
  const watching = watch(fd, EPOLL.IN, () => {
    const arrived = new Set<number>();
    while (attempt('read', fd, information, information.length) > 0) {
      arrived.add(new DataView(information.buffer).getUint32(0, true));
    }
    for (const signal of arrived) callback(signal);
  });
  return () => {
    watching.stop();
    attempt('close', fd);
  };
}

/** Lets all signals through again. For a child before execve, which inherits the mask. */
export function unblockSignals(): void {
  call('rt_sigprocmask', SIG_SETMASK, maskOf([]), null, 8);
}

/** Holds signals back, so that they cannot end this process before `onSignal` listens. */
export function blockSignals(...names: SignalName[]): void {
  call('rt_sigprocmask', SIG_BLOCK, maskOf(names.map(signalNumber)), null, 8);
}
