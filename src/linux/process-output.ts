/** Running a program for what it prints. */
import { concatBytes, decodeUtf8 } from './bytes.ts';
import { exitCode } from './child.ts';
import { close, pipe } from './file-descriptor.ts';
import { type SpawnOptions, spawn } from './process.ts';
import { openStream } from './stream.ts';

/** Runs a program to its end; its standard output as text. Throws SyscallError, or Error if it fails. */
export async function outputOf(
  command: SpawnOptions['command'],
  options: Omit<SpawnOptions, 'command' | 'stdout'> = {},
): Promise<string> {
  const [readEnd, writeEnd] = pipe();
  const stream = openStream(readEnd);
  try {
    const { exited } = spawn({ ...options, command, stdout: writeEnd });
    close(writeEnd);
    const pieces: Uint8Array[] = [];
    for (let data = await stream.read(); data !== null; data = await stream.read()) pieces.push(data);
    const code = exitCode(await exited);
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`);
    return decodeUtf8(concatBytes(pieces));
  } finally {
    stream.close();
  }
}
