/** `runcmd` and the scripts of user data, run one after the other. */
import { exitCode } from '../../linux/child.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { directoryOf, readDirectory } from '../../linux/file.ts';
import { spawn } from '../../linux/process.ts';
import { SCRIPT } from '../save.ts';

/** A line for the shell, or a program and its arguments. */
export type RunCommand = string | readonly string[];

/** What is to be executed; undefined for a command that is empty. */
export function wordsOf(command: RunCommand): [string, ...string[]] | undefined {
  if (typeof command === 'string') return command.trim() === '' ? undefined : ['sh', '-c', command];
  const [program, ...args] = command;
  return program === undefined || program === '' ? undefined : [program, ...args];
}

/** Runs commands until one fails, as RancherOS does. Returns a line about that one. */
export async function runCommands(commands: readonly RunCommand[]): Promise<string[]> {
  for (const command of commands) {
    const words = wordsOf(command);
    if (words === undefined) continue;
    const failure = await failureOf(words);
    if (failure !== undefined) return [`runcmd: ${words.at(-1)}: ${failure}; what follows it is not run`];
  }
  return [];
}

/** Runs the scripts that were saved. Returns a line for each that fails. */
export async function runScripts(): Promise<string[]> {
  const directory = directoryOf(SCRIPT);
  const names = readDirectory(directory).filter((name) => /^cloud-config-script(\.\d+)?$/.test(name));
  const numberOf = (name: string) => Number(name.split('.')[1] ?? 1);
  const problems: string[] = [];
  for (const name of names.sort((a, b) => numberOf(a) - numberOf(b))) {
    const failure = await failureOf([`${directory}/${name}`]);
    if (failure !== undefined) problems.push(`${name}: ${failure}`);
  }
  return problems;
}

async function failureOf(command: readonly [string, ...string[]]): Promise<string | undefined> {
  try {
    const code = exitCode(await spawn({ command, stdout: 1, stderr: 2, newSession: true }).exited);
    return code === 0 ? undefined : `exit code ${code}`;
  } catch (error) {
    return errorMessage(error);
  }
}
