/** `bootcmd`, `runcmd` and the scripts of user data, run one after the other. */
import { type ExitStatus, exitCode } from '../../linux/child.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { setTimer } from '../../linux/event-loop.ts';
import { directoryOf, readDirectory } from '../../linux/file.ts';
import { spawn } from '../../linux/process.ts';
import { kill, signalNumber } from '../../linux/signal.ts';
import { SCRIPT } from '../files.ts';

/** A line for the shell, or a program and its arguments. */
export type RunCommand = string | readonly string[];

/** What is to be executed; undefined for a command that is empty. */
export function wordsOf(command: RunCommand): [string, ...string[]] | undefined {
  if (typeof command === 'string') return command.trim() === '' ? undefined : ['sh', '-c', command];
  const [program, ...args] = command;
  return program === undefined || program === '' ? undefined : [program, ...args];
}

/**
 * Runs commands until one fails, as RancherOS does. Returns a line about that one.
 * @param patience how long each may take, in milliseconds; for ever if absent
 */
export async function runCommands(
  key: 'bootcmd' | 'runcmd',
  commands: readonly RunCommand[],
  patience?: number,
): Promise<string[]> {
  for (const command of commands) {
    const words = wordsOf(command);
    if (words === undefined) continue;
    const failure = await failureOf(words, patience);
    if (failure !== undefined) return [`${key}: ${words.at(-1)}: ${failure}; what follows it is not run`];
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

/** Runs a program of the OS. Throws SyscallError, or an Error if it fails. */
export async function runProgram(command: readonly [string, ...string[]]): Promise<void> {
  const code = exitCode(await spawn({ command, stdout: 1, stderr: 2 }).exited);
  if (code !== 0) throw new Error(`${command.join(' ')} failed with exit code ${code}`);
}

async function failureOf(
  command: readonly [string, ...string[]],
  patience?: number,
): Promise<string | undefined> {
  try {
    const { pid, exited } = spawn({ command, stdout: 1, stderr: 2, newSession: true });
    const status = patience === undefined ? await exited : await endWithin(patience, pid, exited);
    if (status === undefined) return `it was ended after ${(patience ?? 0) / 1000} s`;
    const code = exitCode(status);
    return code === 0 ? undefined : `exit code ${code}`;
  } catch (error) {
    return errorMessage(error);
  }
}

/** Ends a session that takes longer; undefined then. */
async function endWithin(
  patience: number,
  pid: number,
  exited: Promise<ExitStatus>,
): Promise<ExitStatus | undefined> {
  let isLate = false;
  const cancel = setTimer(patience, () => {
    isLate = true;
    kill(-pid, signalNumber('SIGKILL'));
  });
  const status = await exited;
  cancel();
  return isLate ? undefined : status;
}
