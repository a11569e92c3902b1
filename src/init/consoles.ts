/** Which terminals the kernel's console is on. */
import { readTextIfExists } from '../linux/file.ts';

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
function terminalOf(console: string): string {
  return console === 'tty0' ? 'tty1' : console;
}
