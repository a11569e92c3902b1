/**
 * The entries of a json-file log: `{"log":"text\\n","stream":"stdout","time":"…"}`, one a line, for every line of output.
 *
 * Lines longer than 16 KiB are split, and only the last piece has the newline, as in Docker.
 */
import type { OutputName } from '../stdcopy.ts';

export interface LogEntry {
  /** With its newline, unless it is a piece of a longer line. */
  readonly log: string;
  readonly stream: OutputName;
  /** RFC 3339 with nine digits, UTC: sorts as text. */
  readonly time: string;
  /** What log options add. */
  readonly attrs?: Readonly<Record<string, string>> | undefined;
}

/** Characters of a line before it is split. */
export const MAXIMUM_LINE = 16 * 1024;

/** Stands for a newline while JSON is made; no character of Unicode, so hardly anything prints it. */
const MARK = '\uffff';

/** The entries for a text of one or more lines, the last of which may lack its newline. */
export function formatEntries(text: string, { stream, time, attrs }: Omit<LogEntry, 'log'>): string {
  const attributes = attrs === undefined ? '' : `,"attrs":${JSON.stringify(attrs)}`;
  const rest = `,"stream":"${stream}"${attributes},"time":"${time}"}\n`;
  if (text.endsWith('\n') && !text.includes(MARK) && !hasLongLine(text)) {
    return formatAtOnce(text.slice(0, -1), rest);
  }
  const pieces = text.split(/(?<=\n)/).flatMap(splitLongLine);
  return pieces.map((piece) => `{"log":${JSON.stringify(piece)}${rest}`).join('');
}

/** A program can print ten thousands of short lines at once. Then only what is done once for all of them is fast. */
function formatAtOnce(text: string, rest: string): string {
  const lines = JSON.stringify(text.replaceAll('\n', MARK)).slice(0, -1);
  return `{"log":${lines.replaceAll(MARK, `\\n"${rest}{"log":"`)}\\n"${rest}`;
}

function hasLongLine(text: string): boolean {
  let start = 0;
  while (text.length - start > MAXIMUM_LINE) {
    const end = text.lastIndexOf('\n', start + MAXIMUM_LINE - 1);
    if (end < start) return true;
    start = end + 1;
  }
  return false;
}

function splitLongLine(line: string): string[] {
  if (line.length <= MAXIMUM_LINE) return [line];
  const pieces: string[] = [];
  for (let start = 0; start < line.length; start += MAXIMUM_LINE) {
    pieces.push(line.slice(start, start + MAXIMUM_LINE));
  }
  return pieces;
}

/** The entries of whole lines. A line that is damaged (the power went) is left out. */
export function parseEntries(text: string): LogEntry[] {
  return (parseAtOnce(text) ?? parseLines(text)).filter(isComplete);
}

/** Undefined if a line is not JSON. In JSON there is a newline between values only, where a comma may be instead. */
function parseAtOnce(text: string): unknown[] | undefined {
  try {
    return JSON.parse(`[${text.slice(0, -1).replaceAll('\n', ',')}]`) as unknown[];
  } catch {
    return undefined;
  }
}

function parseLines(text: string): unknown[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      return [];
    }
  });
}

function isComplete(value: unknown): value is LogEntry {
  const { log, stream, time } = (value ?? {}) as Partial<LogEntry>;
  return typeof log === 'string' && typeof stream === 'string' && typeof time === 'string';
}
