/** Terminals: pseudo-terminals (pty(7)), raw mode (termios(3)), window size (ioctl_tty(2)). */
import { O, open } from './file-descriptor.ts';
import { attempt, call } from './syscall.ts';

const TCGETS = 0x5401;
const TCSETS = 0x5402;
const TCSETSF = 0x5404;
const TIOCGWINSZ = 0x5413;
const TIOCSWINSZ = 0x5414;
const TIOCGPTN = 0x80045430;
const TIOCSPTLCK = 0x40045431;

export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
}

/** The kernel's struct termios: four flag words, line discipline, 19 control characters. */
const TERMIOS_SIZE = 36;
const VTIME = 17 + 5;
const VMIN = 17 + 6;

/** Bits that cfmakeraw(3) clears: in the input, output, control and local flags. */
const COOKED = [0o2753, 0o1, 0o460, 0o100113] as const;
const CS8 = 0o60;
const ECHO = 0o10;
const LOCAL_FLAGS = 3;

/** Whether a descriptor is a terminal. */
export function isTerminal(fd: number): boolean {
  return attempt('ioctl', fd, TCGETS, new Uint8Array(TERMIOS_SIZE)) === 0;
}

/** Puts a terminal into raw mode. Returns a function that puts it back. */
export function makeRaw(fd: number): () => void {
  const saved = new Uint8Array(TERMIOS_SIZE);
  call('ioctl', fd, TCGETS, saved);
  const raw = saved.slice();
  const flags = new Uint32Array(raw.buffer, 0, COOKED.length);
  for (const [index, bits] of COOKED.entries()) flags[index] = (flags[index] ?? 0) & ~bits;
  flags[2] = (flags[2] ?? 0) | CS8;
  raw[VMIN] = 1;
  raw[VTIME] = 0;
  call('ioctl', fd, TCSETS, raw);
  return () => {
    call('ioctl', fd, TCSETS, saved);
  };
}

/**
 * Keeps what is typed from being shown, for a passphrase; lines are edited as before. What was typed already is dropped.
 * Returns a function that puts the terminal back.
 */
export function hideInput(fd: number): () => void {
  const saved = new Uint8Array(TERMIOS_SIZE);
  call('ioctl', fd, TCGETS, saved);
  const hidden = saved.slice();
  const flags = new Uint32Array(hidden.buffer, 0, COOKED.length);
  flags[LOCAL_FLAGS] = (flags[LOCAL_FLAGS] ?? 0) & ~ECHO;
  call('ioctl', fd, TCSETSF, hidden);
  return () => {
    call('ioctl', fd, TCSETS, saved);
  };
}

/** The size of a terminal in characters; 0 by 0 if it has none. */
export function windowSize(fd: number): WindowSize {
  const size = new Uint8Array(8);
  call('ioctl', fd, TIOCGWINSZ, size);
  const view = new DataView(size.buffer);
  return { rows: view.getUint16(0, true), columns: view.getUint16(2, true) };
}

/** Sets the size of a terminal; its foreground processes get SIGWINCH. */
export function setWindowSize(fd: number, size: WindowSize): void {
  call('ioctl', fd, TIOCSWINSZ, new Uint8Array(new Uint16Array([size.rows, size.columns, 0, 0]).buffer));
}

/** A new pseudo-terminal: the master's descriptor and the path of the other side. */
export function openPseudoTerminal(): { master: number; path: string } {
  const master = open('/dev/ptmx', O.RDWR | O.NOCTTY);
  call('ioctl', master, TIOCSPTLCK, new Int32Array([0]));
  const number = new Int32Array(1);
  call('ioctl', master, TIOCGPTN, number);
  return { master, path: `/dev/pts/${number[0] ?? 0}` };
}
