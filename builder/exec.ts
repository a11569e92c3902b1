import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the program reads on its standard input: bytes, or the name of a file. */
  readonly input?: Uint8Array | { readonly file: string };
  /** Standard output goes to this file and is not returned. */
  readonly outputFile?: string;
}

/**
 * Runs a program to its end and returns its standard output.
 * @throws an error with the command and the end of what it printed when it fails.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Buffer> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    // C.UTF-8: messages and sort orders that do not depend on whose machine this is.
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const reading = options.outputFile
    ? pipeline(child.stdout, createWriteStream(options.outputFile))
    : new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
        child.stdout.on('end', resolve);
      });
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : `exit status ${code ?? signal}`));
  });
  // A program that stops reading early says why by its exit status; the broken pipe adds nothing.
  const writing = feed(child.stdin, options.input).catch(() => {});
  const failure = await ended;
  if (failure) {
    const printed = Buffer.concat([...errors, ...output])
      .toString()
      .trim()
      .slice(-4000);
    throw new Error(`${program} ${args.join(' ')}: ${failure}${printed ? `\n${printed}` : ''}`);
  }
  await Promise.all([reading, writing]);
  return Buffer.concat(output);
}

async function feed(stdin: NodeJS.WritableStream, input: RunOptions['input']): Promise<void> {
  if (input && 'file' in input) await pipeline(createReadStream(input.file), stdin);
  else if (input) stdin.end(input);
  else stdin.end();
}
