/**
 * The recovery console: what is left when the boot failed, or when `rancher.recovery` asks for it. Process 1 prints what
 * happened, keeps a root shell running on each console, and reaps orphans; it does not end.
 */

import { encodeUtf8 } from '../linux/bytes.ts';
import { startReaping } from '../linux/child.ts';
import { describeError } from '../linux/error-report.ts';
import { runEventLoop, sleep } from '../linux/event-loop.ts';
import { exists } from '../linux/file.ts';
import { close, O, open, writeAll } from '../linux/file-descriptor.ts';
import { log } from '../linux/log.ts';
import { spawn } from '../linux/process.ts';
import { rebootMachine, syncDisks } from '../linux/reboot.ts';
import { consoleTerminals } from './consoles.ts';
import { NEW_ROOT } from './root-filesystem.ts';
import { onShutdownSignal } from './shutdown-signals.ts';

/** How long to wait before a shell that ended is started again, in milliseconds: not to spin when it cannot start. */
const PAUSE = 1000;

/**
 * Opens the recovery console. Never returns.
 * @param reason what failed, of any type that can be thrown; or why the console was asked for
 */
export function openRecoveryConsole(title: string, reason: unknown): never {
  startReaping();
  // There is nothing that must be stopped in order.
  onShutdownSignal((action) => {
    syncDisks();
    rebootMachine(action);
  });
  for (const terminal of consoleTerminals()) {
    keepShell(terminal, announcement(title, reason)).catch((error: unknown) => {
      log.error(`recovery console on ${terminal}`, error);
    });
  }
  for (;;) {
    try {
      runEventLoop();
    } catch (error) {
      log.error('recovery console', error);
    }
  }
}

function announcement(title: string, reason: unknown): string {
  const text = reason instanceof Error ? describeError(reason) : String(reason);
  return [
    '',
    '*** Recovery console',
    `*** ${title}`,
    ...text.split('\n').map((line) => `    ${line}`),
    '',
  ].join('\r\n');
}

async function keepShell(terminal: string, text: string): Promise<void> {
  for (;;) {
    // Opened anew each time: the end of a shell hangs up the terminal for those who had it open.
    const fd = open(`/dev/${terminal}`, O.RDWR | O.NOCTTY);
    try {
      writeAll(fd, encodeUtf8(`${text}\r\n`));
      await runShell(exists('/bin/sh') ? '' : NEW_ROOT, fd);
    } catch (error) {
      log.error(`recovery console on ${terminal}`, error);
    } finally {
      close(fd);
    }
    await sleep(PAUSE);
  }
}

/** @param root where the shell and its commands are: they are linked statically, so it need not be `/` */
async function runShell(root: string, terminal: number): Promise<void> {
  const directories = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].map((directory) => root + directory);
  const { exited } = spawn({
    command: [`${root}/bin/sh`, '-l'],
    environment: [`PATH=${directories.join(':')}`, 'HOME=/root', 'TERM=linux', 'PS1=[recovery \\w]# '],
    stdin: terminal,
    stdout: terminal,
    stderr: terminal,
    newSession: true,
  });
  await exited;
}
