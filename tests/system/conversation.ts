import type { Readable, Writable } from 'node:stream';

/** A person before a terminal: reads what appears, types. */
export interface Conversation {
  /**
   * Waits for a text after everything that was waited for before.
   * @throws after that many seconds
   */
  waitFor(pattern: RegExp, seconds?: number): Promise<RegExpExecArray>;
  /** What appeared between what the last but one and the last `waitFor` found. */
  between(): string;
  /** Types keys; Enter is `\r`. */
  type(keys: string): void;
}

/** How much of what did appear is quoted when something did not. */
const quotedLines = 15;

export function converse(screen: Readable, keyboard: Writable): Conversation {
  let text = '';
  let position = 0;
  let between = '';
  let wake = () => {};
  screen.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    wake();
  });

  async function waitFor(pattern: RegExp, seconds = 30): Promise<RegExpExecArray> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const match = pattern.exec(text.slice(position));
      if (match) {
        between = text.slice(position, position + match.index);
        position += match.index + match[0].length;
        return match;
      }
      const left = deadline - Date.now();
      if (left <= 0) {
        const end = text.split('\n').slice(-quotedLines).join('\n');
        throw new Error(`${pattern} did not appear within ${seconds} s after:\n${end}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  return { waitFor, between: () => between, type: (keys) => void keyboard.write(keys) };
}
