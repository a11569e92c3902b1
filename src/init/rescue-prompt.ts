/** A prompt with a handful of commands, for when not even system.squashfs and its shell could be mounted. */
import { decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import { readDirectory, readFile } from '../linux/file.ts';
import { readKernelLog } from '../linux/kernel-log.ts';
import { rebootMachine, syncDisks } from '../linux/reboot.ts';
import { openStream, type Stream } from '../linux/stream.ts';
import { call } from '../linux/syscall.ts';

const HELP = 'commands: dmesg, ls DIRECTORY, cat FILE, reboot, poweroff';
const F_DUPFD_CLOEXEC = 1030;

/** Talks on a terminal until it hangs up. */
export async function rescuePrompt(terminal: number): Promise<void> {
  const stream = openStream(call('fcntl', terminal, F_DUPFD_CLOEXEC, 0));
  try {
    await say(stream, HELP);
    for (;;) {
      await stream.write(encodeUtf8('rescue> '));
      // The terminal hands over whole lines.
      const line = await stream.read();
      if (line === null) return;
      await say(stream, answer(decodeUtf8(line).trim().split(/\s+/)));
    }
  } finally {
    stream.close();
  }
}

function say(stream: Stream, text: string): Promise<void> {
  return stream.write(encodeUtf8(`${text.trimEnd().replaceAll('\n', '\r\n')}\r\n`));
}

function answer([command = '', argument = '/']: string[]): string {
  try {
    switch (command) {
      case '':
        return '';
      case 'dmesg':
        return kernelMessages();
      case 'ls':
        return readDirectory(argument).join('  ');
      case 'cat':
        return decodeUtf8(readFile(argument));
      case 'reboot':
      case 'poweroff':
        syncDisks();
        rebootMachine(command);
        return '';
      default:
        return `${command}: no such command; ${HELP}`;
    }
  } catch (error) {
    return errorMessage(error);
  }
}

/** As dmesg(1) prints them. */
function kernelMessages(): string {
  return readKernelLog()
    .map(({ microseconds, text }) => `[${(microseconds / 1e6).toFixed(6).padStart(12)}] ${text}`)
    .join('\n');
}
