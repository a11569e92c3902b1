/** Which terminals the kernel's console is on. */
import { encodeUtf8 } from '../linux/bytes.ts';
import { readTextIfExists } from '../linux/file.ts';
import { AT_FDCWD, close, O } from '../linux/file-descriptor.ts';
import { attempt } from '../linux/syscall.ts';

/**
 * Names of the terminals that show the kernel's messages, such as `tty1` and `ttyS0`. Without /sys it is the one
 * behind /dev/console.
 */
export function consoleTerminals(): string[] {
  const active = readTextIfExists('/sys/class/tty/console/active') ?? '';
  const names = active.split(/\s+/).filter(Boolean).map(terminalOf);
  return names.length === 0 ? ['console'] : [...new Set(names)];
}

/** tty0 stands for whichever virtual terminal is in front; people log in on tty1. */
export function terminalOf(console: string): string {
  return console === 'tty0' ? 'tty1' : console;
}

/** Prints a line on each of them. A terminal that is gone is passed over. */
export function printOnConsoles(line: string): void {
  for (const terminal of consoleTerminals()) {
    const fd = attempt('openat', AT_FDCWD, `/dev/${terminal}`, O.WRONLY | O.NOCTTY | O.NONBLOCK | O.CLOEXEC);
    if (fd < 0) continue;
    const bytes = encodeUtf8(`\r${line}\r\n`);
    attempt('write', fd, bytes, bytes.length);
    close(fd);
  }
}
