/** Commands that are written as one text. */
import { ServiceError } from './service-error.ts';

/**
 * Splits a command into words as a shell does (POSIX, Shell Command Language, 2.2): at blanks, but for those in quotes or
 * behind a backslash. Nothing is expanded.
 */
export function splitShellWords(command: string, place: string): string[] {
  const words: string[] = [];
  // One word: pieces in quotes, escaped characters and plain ones.
  const word = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/sy;
  for (let at = skipBlanks(command, 0); at < command.length; at = skipBlanks(command, word.lastIndex)) {
    word.lastIndex = at;
    const match = word.exec(command);
    const end = at + (match?.[0].length ?? 0);
    if (match === null || (end < command.length && !/\s/.test(command[end] ?? ''))) {
      throw new ServiceError(`${place}: a quote or backslash in ${JSON.stringify(command)} has no end`);
    }
    words.push(unquote(match[0]));
  }
  return words;
}

function skipBlanks(text: string, start: number): number {
  const length = text.slice(start).search(/\S/);
  return length < 0 ? text.length : start + length;
}

/** Removes the quotes; in double ones a backslash protects only the characters that are special there. */
function unquote(word: string): string {
  const pieces = /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)|([^"'\\]+)/gs;
  return word.replace(
    pieces,
    (_, double?: string, single?: string, escaped?: string, plain?: string) =>
      double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? plain ?? '',
  );
}
