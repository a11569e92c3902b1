/** Stopping the machine: reboot(2), sync(2). */
import { call } from './syscall.ts';

export type RebootAction = 'reboot' | 'poweroff' | 'halt';

const MAGIC_1 = 0xfee1dead;
const MAGIC_2 = 672274793;
const COMMAND = { reboot: 0x01234567, halt: 0xcdef0123, poweroff: 0x4321fedc } as const;
const CTRL_ALT_DEL_SIGNALS_INIT = 0;

/** Whether a word is the name of an action. */
export function isRebootAction(word: string): word is RebootAction {
  return Object.hasOwn(COMMAND, word);
}

/** Writes everything that is cached to the disks. */
export function syncDisks(): void {
  call('sync');
}

/** Stops the machine at once. What is not synced is lost. Needs CAP_SYS_BOOT in the first PID namespace. */
export function rebootMachine(action: RebootAction): void {
  call('reboot', MAGIC_1, MAGIC_2, COMMAND[action], null);
}

/** From now on Ctrl-Alt-Del sends SIGINT to process 1 instead of restarting the machine. */
export function handleCtrlAltDel(): void {
  call('reboot', MAGIC_1, MAGIC_2, CTRL_ALT_DEL_SIGNALS_INIT, null);
}
