/** Running a program for what it prints. */
import { concatBytes, decodeUtf8 } from './bytes.ts';
import { exitCode } from './child.ts';
import { close, O, open, pipe } from './file-descriptor.ts';
import { makeMemoryFile } from './memory-file.ts';
import { type SpawnOptions, spawn } from './process.ts';
import { openStream } from './stream.ts';

/** Runs a program to its end; its standard output as text. Throws SyscallError, or Error if it fails. */
export async function outputOf(
  command: SpawnOptions['command'],
  options: Omit<SpawnOptions, 'command' | 'stdout'> = {},
): Promise<string> {
  const { code, output } = await collect((stdout) => ({ ...options, command, stdout }));
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`);
  return output;
}

/** Runs a program to its end: its exit code, and what it wrote on standard output and error. Throws SyscallError. */
export function runForOutput(
  command: SpawnOptions['command'],
  options: Omit<SpawnOptions, 'command' | 'stdout' | 'stderr'> = {},
): Promise<{ code: number; output: string }> {
  return collect((end) => ({ ...options, command, stdout: end, stderr: end }));
}

/** The same with what the program reads from its standard input. */
export async function runWithInput(
  command: SpawnOptions['command'],
  input: string | Uint8Array,
  options: Omit<SpawnOptions, 'command' | 'stdin' | 'stdout' | 'stderr'> = {},
): Promise<{ code: number; output: string }> {
  const file = makeMemoryFile('input', input);
  // Opened anew, to be read from its start.
  const stdin = open(`/proc/self/fd/${file}`, O.RDONLY);
  try {
    return await runForOutput(command, { ...options, stdin });
  } finally {
    close(stdin);
    close(file);
  }
}

async function collect(withOutput: (end: number) => SpawnOptions): Promise<{ code: number; output: string }> {
  const [readEnd, writeEnd] = pipe();
  const stream = openStream(readEnd);
  try {
    const { exited } = spawn(withOutput(writeEnd));
    close(writeEnd);
    const pieces: Uint8Array[] = [];
    for (let data = await stream.read(); data !== null; data = await stream.read()) pieces.push(data);
    return { code: exitCode(await exited), output: decodeUtf8(concatBytes(pieces)) };
  } finally {
    stream.close();
  }
}
