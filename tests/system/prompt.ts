import type { SerialConsole } from './serial-console.ts';

/** Under translation on a busy host. */
const bootSeconds = 180;

/** Waits for the shell that autologin starts, and quiets the kernel, which writes to the same console. */
export async function atPrompt(console: SerialConsole): Promise<void> {
  // busybox asks a terminal where its cursor is, which a person does not see; a message of a service may follow.
  await console.waitFor(/[$#] (?:.\[6n|$)/, bootSeconds);
  await console.run('sudo -n dmesg -n 1');
}
