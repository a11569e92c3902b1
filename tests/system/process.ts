import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

export interface Outcome {
  /** Exit status, or the name of the signal that ended the program. */
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecuteOptions {
  /** For standard input, which is empty otherwise. */
  readonly input?: string | Uint8Array;
  /** After how long the program is killed and the call fails. */
  readonly seconds?: number;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end. A program that fails is an ordinary outcome here, since tests are about failures too.
 * @throws when it cannot be started or takes too long
 */
export async function execute(
  program: string,
  args: readonly string[],
  options: ExecuteOptions = {},
): Promise<Outcome> {
  const child = spawn(program, args, { env: { ...process.env, ...options.environment } });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => {}); // a program need not read what it is given
  child.stdin.end(options.input);
  const seconds = options.seconds ?? 60;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, seconds * 1000);
  const status = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  }).finally(() => clearTimeout(timer));
  const outcome = {
    status,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
  if (late)
    throw new Error(`${program} ${args.join(' ')}: not done after ${seconds} s\n${JSON.stringify(outcome)}`);
  return outcome;
}

/**
 * What a program printed on standard output, without white space at its ends.
 * @throws an assertion error with what it printed when it failed
 */
export function outputOf({ status, stdout, stderr }: Outcome): string {
  assert.equal(status, 0, `exit status ${status}\n${stdout}${stderr}`);
  return stdout.trim();
}
