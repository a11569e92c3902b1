import { concatBytes, decodeUtf8 } from '../../linux/bytes.ts';
import { readText } from '../../linux/file.ts';
import { CommandFailure } from '../docker/command.ts';
import type { Console } from '../docker/console.ts';

/** What a document may have, far more than any has. */
const LARGEST_INPUT = 16 * 1024 * 1024;

/** The flag that names a document. */
export const INPUT_FLAG = {
  input: { kind: 'string', short: 'i', value: 'FILE', help: 'The file to read; standard input if not given' },
} as const;

export interface Input {
  /** Its name in messages. */
  readonly file: string;
  readonly text: string;
}

/** Reads a document that a command was given. */
export async function readInput(console: Console, path: string | undefined): Promise<Input> {
  if (path !== undefined && path !== '-') return { file: path, text: readText(path) };
  const input = console.openInput();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let data = await input.read(); data !== null; data = await input.read()) {
    size += data.length;
    if (size > LARGEST_INPUT) throw new CommandFailure('standard input: more than 16 MB');
    parts.push(data);
  }
  return { file: 'standard input', text: decodeUtf8(concatBytes(parts)) };
}
