/** Log lines of this process, to standard error unless told otherwise. */
import { encodeUtf8 } from './bytes.ts';
import { describeError } from './error-report.ts';
import { attempt } from './syscall.ts';

export interface LogSink {
  /** An open descriptor; writes that fail are dropped. */
  fd: number;
  /** Stands before every line, such as `paddock: `. */
  prefix: string;
  /** Whether `log.debug` says anything. */
  debug: boolean;
}

const sink: LogSink = { fd: 2, prefix: '', debug: false };

/** Changes where the lines go. */
export function configureLog(options: Partial<LogSink>): void {
  Object.assign(sink, options);
}

function write(level: string, message: string): void {
  for (const line of message.split('\n')) {
    const bytes = encodeUtf8(`${sink.prefix}${level}${line}\n`);
    attempt('write', sink.fd, bytes, bytes.length);
  }
}

export const log = {
  /** Only under `rancher.debug`. */
  debug(message: string): void {
    if (sink.debug) write('', message);
  },
  info(message: string): void {
    write('', message);
  },
  warn(message: string): void {
    write('warning: ', message);
  },
  /** With an error, its stack follows on lines of its own. */
  error(message: string, error?: unknown): void {
    write('error: ', error === undefined ? message : `${message}: ${describeError(error)}`);
  },
};
