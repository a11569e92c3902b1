import type { KernelCommandLine } from '../../config/kernel-command-line.ts';
import { O, withFile } from '../../linux/file-descriptor.ts';
import { isTerminal } from '../../linux/terminal.ts';
import { terminalOf } from '../consoles.ts';

/** Where people log in although no `console=` names it. */
const USUAL_TERMINALS: readonly string[] = ['tty1', 'ttyS0'];
const BAUD_RATE = '115200';

/** Runs as a login program; it knows the terminal by its standard input. */
export const AUTOLOGIN = '/usr/bin/autologin';

/** The commands that let people log in on terminals. A terminal that does not exist has none. */
export function gettyCommands(
  { consoles, autologin }: Pick<KernelCommandLine, 'consoles' | 'autologin'>,
  isThere: (terminal: string) => boolean = isTerminalThere,
): string[][] {
  const names = [...USUAL_TERMINALS, ...[...consoles, ...autologin].map(terminalOf)];
  const isAutomatic = new Set(autologin.map(terminalOf));
  return [...new Set(names)].filter(isThere).map((terminal) => {
    const program = isAutomatic.has(terminal) ? ['-n', '-l', AUTOLOGIN] : [];
    // A virtual terminal is the kernel's own; what is at the end of a cable understands at least this.
    const type = /^tty\d+$/.test(terminal) ? 'linux' : 'vt220';
    return ['getty', ...program, BAUD_RATE, terminal, type];
  });
}

/** The terminal of one of these commands; undefined for any other. */
export function terminalOfGetty(command: readonly string[]): string | undefined {
  return command[0] === 'getty' ? command.at(-2) : undefined;
}

/** The kernel makes nodes for serial ports that the machine does not have. */
function isTerminalThere(name: string): boolean {
  if (!/^[A-Za-z]+\d*$/.test(name)) return false;
  try {
    return withFile(`/dev/${name}`, O.RDWR | O.NOCTTY | O.NONBLOCK, isTerminal);
  } catch {
    return false;
  }
}
