import { spawn } from '../../linux/process.ts';
import { CommandFailure } from '../docker/command.ts';
import type { Console } from '../docker/console.ts';

/** What is used if a person has not chosen another. */
export const DEFAULT_EDITOR = 'vi';

/** Runs a person's editor on a file. Throws CommandFailure, which ends with what has become of the text. */
export async function runEditor(console: Console, path: string, outcome: string): Promise<void> {
  const editor = console.environment('VISUAL') || console.environment('EDITOR') || DEFAULT_EDITOR;
  // It may be a command with arguments, as for git.
  const command = ['/bin/sh', '-c', `${editor} "$0"`, path] as const;
  const status = await spawn({ command, stdin: 0, stdout: 1, stderr: 2 }).exited;
  if (!('code' in status) || status.code !== 0) throw new CommandFailure(`${editor} failed; ${outcome}`);
}
