import type { SerialConsole } from './serial-console.ts';

/** Under translation on a busy host. */
const bootSeconds = 180;

/** Waits for the shell that autologin starts, and quiets the kernel, which writes to the same console. */
export async function atPrompt(console: SerialConsole): Promise<void> {
  await console.waitFor(/[$#] $/, bootSeconds);
  await console.run('sudo -n dmesg -n 1');
}
