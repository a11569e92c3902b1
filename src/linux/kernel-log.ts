/** The kernel's log (/dev/kmsg, described in the kernel's Documentation/ABI/testing/dev-kmsg). */
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { writeFile } from './file.ts';
import { close, O, open } from './file-descriptor.ts';
import { attempt } from './syscall.ts';

/** Priorities of syslog(2); a console shows those below its own level. */
export const KERNEL_LOG_LEVEL = { error: 3, warning: 4, notice: 5, info: 6, debug: 7 } as const;

/** Adds a line to the kernel's log, so that it gets the kernel's time stamp. Does nothing if there is no log. */
export function logToKernel(message: string, level: keyof typeof KERNEL_LOG_LEVEL = 'info'): void {
  const path = '/dev/kmsg';
  try {
    const fd = open(path, O.WRONLY | O.NOCTTY);
    const line = encodeUtf8(`<${KERNEL_LOG_LEVEL[level]}>${message}\n`);
    attempt('write', fd, line, line.length);
    close(fd);
  } catch {
    // A log line is not worth failing for.
  }
}

/** Which messages appear on the console: those with a priority number below `level` (proc_sys_kernel(5), printk). */
export function setConsoleLogLevel(level: number): void {
  writeFile('/proc/sys/kernel/printk', String(level));
}

/** What is in the kernel's log, of which each record is `PRIORITY,NUMBER,TIME,…;TEXT`. Times are those since the kernel began. */
export function readKernelLog(): { microseconds: number; text: string }[] {
  const log = open('/dev/kmsg', O.RDONLY | O.NONBLOCK);
  const messages: { microseconds: number; text: string }[] = [];
  const record = new Uint8Array(8192);
  for (;;) {
    const length = attempt('read', log, record, record.length);
    if (length <= 0) break;
    const [head = '', ...rest] = decodeUtf8(record.subarray(0, length)).split('\n')[0]?.split(';') ?? [];
    messages.push({ microseconds: Number(head.split(',')[2] ?? 0), text: rest.join(';') });
  }
  close(log);
  return messages;
}
