/** The command lines of `reboot`, `poweroff`, `halt` and `shutdown`. */
import type { RebootAction } from '../linux/reboot.ts';

export interface PowerRequest {
  readonly action: RebootAction;
  /** At once: without stopping anything. */
  readonly force: boolean;
}

/** A mistake on the command line; the message is for the person who made it. */
export class PowerUsageError extends Error {
  override readonly name = 'PowerUsageError';
}

const ACTION_FLAGS: Readonly<Record<string, RebootAction>> = {
  '-H': 'halt',
  '--halt': 'halt',
  '-P': 'poweroff',
  '-p': 'poweroff',
  '--poweroff': 'poweroff',
  '-r': 'reboot',
  '--reboot': 'reboot',
};

const COMMANDS: Readonly<Record<string, RebootAction>> = {
  reboot: 'reboot',
  poweroff: 'poweroff',
  halt: 'halt',
  shutdown: 'poweroff',
};

/** Usage of one of the commands. */
export function powerUsage(command: string): string {
  const time = command === 'shutdown' ? ' [now]' : '';
  return [
    `Usage: ${command} [options]${time}`,
    '',
    '  -f, --force     at once, without stopping containers',
    '  -H, --halt      stop the processors',
    '  -P, --poweroff  switch the machine off',
    '  -r, --reboot    start it again',
    '',
  ].join('\n');
}

/**
 * @param command the name it was called by
 * @throws PowerUsageError naming the argument and what was expected
 */
export function parsePowerArguments(command: string, args: readonly string[]): PowerRequest | 'help' {
  let action = COMMANDS[command] ?? 'poweroff';
  let force = false;
  for (const arg of args) {
    if (arg === '--help') return 'help';
    if (arg === '-f' || arg === '--force') force = true;
    // To shutdown it is what people type to switch off.
    else if (arg === '-h' && command === 'shutdown') action = 'poweroff';
    else if (Object.hasOwn(ACTION_FLAGS, arg)) action = ACTION_FLAGS[arg] ?? action;
    else if (command === 'shutdown' && !arg.startsWith('-')) checkTime(arg);
    else throw new PowerUsageError(`${command}: ${arg}: no such option; see ${command} --help`);
  }
  return { action, force };
}

function checkTime(time: string): void {
  if (time !== 'now' && time !== '+0')
    throw new PowerUsageError(`shutdown: ${time}: the only time it knows is "now"`);
}
