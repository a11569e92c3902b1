import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { EngineUnderTest } from './engine-under-test.ts';

/** In a virtual machine nobody else would end the program. */
const endWithInput = `process.stdin.on('end', () => process.exit()).resume();`;

/**
 * Runs JavaScript by the Node of the tests in a network of the machine, whose own programs know no datagrams.
 * @param container whose network; that of the machine itself if absent
 * @param script prints a line when it is ready
 * @returns the first line, and what ends the program
 */
export async function nodeInNetwork(
  engine: EngineUnderTest,
  container: string | undefined,
  script: string,
): Promise<{ line: string; stop: () => Promise<void> }> {
  const pid = container === undefined ? '1' : await engine.inspect(container, '{{.State.Pid}}');
  const [program, ...args] = engine.machine.inNetwork(
    pid,
    process.execPath,
    '-e',
    `${endWithInput}${script}`,
  );
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [text] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [Buffer | number];
  return { line: String(text).trim(), stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.stdin?.end();
  await once(child, 'exit');
}
