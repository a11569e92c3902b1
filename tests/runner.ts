import { spawn } from 'node:child_process';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { endOfConsole } from './console-logs.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function sum(all: readonly Counts[]): Counts {
  return all.reduce((a, b) => ({
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  }));
}

/** Runs a program whose exit status is the result of one test. */
export async function check(title: string, program: string, args: readonly string[]): Promise<Counts> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const problem = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status) => resolve(status === 0 ? undefined : output));
  });
  process.stdout.write(problem === undefined ? `✔ ${title}\n` : `✖ ${title}\n${problem}\n`);
  return { passed: problem === undefined ? 1 : 0, failed: problem === undefined ? 0 : 1, skipped: 0 };
}

/** What node:test says of it: `failureType` of ERR_TEST_FAILURE. */
function isFailureOfHook(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'hookFailed';
}

/**
 * Runs test files, each in a process of its own, and prints what happens.
 * @param atOnce how many of them may run at the same time
 * @param seconds after which a file is given up
 */
export async function runTests(
  files: readonly string[],
  { atOnce, seconds }: { readonly atOnce: number; readonly seconds: number },
): Promise<Counts> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const events = run({ files: [...files], concurrency: atOnce, timeout: seconds * 1000 });
  events.on('test:pass', ({ details, skip }) => {
    if (details.type === 'suite') return;
    if (skip === undefined || skip === false) counts.passed += 1;
    else counts.skipped += 1;
  });
  events.on('test:fail', ({ details, file, name }) => {
    // A suite fails with its tests, which are counted, or in its hooks: what it leaves behind is seen by the last one.
    if (details.type === 'suite' && !isFailureOfHook(details.error)) return;
    counts.failed += 1;
    void endOfConsole(file ?? name).then((text) => text !== undefined && process.stdout.write(text));
  });
  for await (const text of events.compose(new spec())) process.stdout.write(String(text));
  return counts;
}
