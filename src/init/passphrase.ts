/** Asking for a passphrase before anything else runs, on the consoles of the machine. */
import { encodeUtf8 } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import { setTimer } from '../linux/event-loop.ts';
import { O, open } from '../linux/file-descriptor.ts';
import { log } from '../linux/log.ts';
import { openStream } from '../linux/stream.ts';
import { hideInput } from '../linux/terminal.ts';
import { consoleTerminals } from './consoles.ts';

const NEWLINE = 10;

/**
 * Asks on every console, without showing what is typed. The first answer counts.
 * @param milliseconds how long to wait for it
 * @returns the bytes of the line; undefined if nobody answers
 */
export function askOnConsoles(question: string, milliseconds: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const closers: (() => void)[] = [];
    const finish = (answer: Uint8Array | undefined) => {
      cancel();
      for (const closeTerminal of closers.splice(0)) closeTerminal();
      resolve(answer);
    };
    const cancel = setTimer(milliseconds, () => finish(undefined));
    for (const terminal of consoleTerminals()) {
      try {
        closers.push(ask(terminal, question, finish));
      } catch (error) {
        log.debug(`${terminal}: ${errorMessage(error)}`);
      }
    }
    if (closers.length === 0) finish(undefined);
  });
}

/** @returns what puts the terminal back, and lets go of it */
function ask(terminal: string, question: string, onAnswer: (answer: Uint8Array) => void): () => void {
  const fd = open(`/dev/${terminal}`, O.RDWR | O.NOCTTY | O.NONBLOCK);
  const stream = openStream(fd);
  let show = () => {};
  const warn = (error: unknown) => log.debug(`${terminal}: ${errorMessage(error)}`);
  try {
    show = hideInput(fd);
    stream.write(encodeUtf8(`\r${question}`)).catch(warn);
  } catch (error) {
    stream.close();
    throw error;
  }
  // The terminal hands over whole lines; null if it is closed, or was hung up.
  const read = stream.read().then((line) => {
    if (line === null) return;
    const end = line.indexOf(NEWLINE);
    onAnswer(end < 0 ? line : line.subarray(0, end));
  });
  read.catch(warn);
  return () => {
    try {
      show();
    } catch (error) {
      warn(error);
    }
    stream.write(encodeUtf8('\r\n')).catch(warn);
    stream.close();
  };
}
