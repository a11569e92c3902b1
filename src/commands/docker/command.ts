/** What a command is made of. */
import { EngineApiError, type EngineClient } from '../../engine/client.ts';
import { describeErrno, SyscallError } from '../../linux/errno.ts';
import { errorMessage } from '../../linux/error-report.ts';
import type { Console } from './console.ts';
import { type FlagTable, type FlagValues, parseFlags, UsageError } from './flags.ts';

/** What every command works with. */
export interface Context {
  readonly client: EngineClient;
  /** The engine's address. */
  readonly address: string;
  readonly console: Console;
}

interface CommandDefinition<Table extends FlagTable> {
  /** One line for the list of commands, without a full stop. */
  readonly summary: string;
  /** What stands behind the command's name, such as `[OPTIONS] CONTAINER [CONTAINER...]`. */
  readonly usage: string;
  /** The least and the greatest number of arguments. */
  readonly arguments: readonly [least: number, greatest: number];
  readonly flags: Table;
  /** From the first argument on, nothing is a flag of ours. */
  readonly stopsAtArgument?: boolean;
  /** Shown under the flags: each an example and what it does. */
  readonly examples?: readonly (readonly [line: string, meaning: string])[];
  /** The exit code when the command line is right but the command fails; 1 if absent. */
  readonly failureCode?: number;
  /** Returns the exit code. */
  run(context: Context, flags: FlagValues<Table>, args: readonly string[]): Promise<number>;
}

/** A command whose flags have lost their types. */
export interface Command extends Omit<CommandDefinition<FlagTable>, 'run'> {
  /** Parses the words behind the command's name and runs it, or finds that they ask for help. Throws UsageError. */
  execute(context: Context, words: readonly string[]): Promise<number | 'help'>;
}

const HELP_FLAG = { help: { kind: 'boolean', help: '' } } as const satisfies FlagTable;

/** The wrong number of arguments. */
export class ArgumentError extends UsageError {}

/** A failure that the person is told in one line. Without an exit code, that of the command counts. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number | undefined;

  constructor(message: string, exitCode?: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function defineCommand<const Table extends FlagTable>(definition: CommandDefinition<Table>): Command {
  const { run, ...rest } = definition;
  return {
    ...rest,
    async execute(context, words) {
      const table = { ...definition.flags, ...HELP_FLAG };
      const { flags, args } = parseFlags<Table & typeof HELP_FLAG>(table, words, definition.stopsAtArgument);
      if (flags.help) return 'help';
      checkCount(args.length, definition.arguments);
      return run(context, flags, args);
    },
  };
}

function checkCount(count: number, [least, greatest]: readonly [number, number]): void {
  if (count >= least && count <= greatest) return;
  if (greatest === 0) throw new ArgumentError('accepts no arguments');
  const bound = least === greatest ? '' : count < least ? 'at least ' : 'at most ';
  const number = count < least ? least : greatest;
  throw new ArgumentError(`requires ${bound}${number} argument${number === 1 ? '' : 's'}`);
}

/**
 * Does something to each of several objects and goes on after a failure. Prints the name of each on success.
 * Returns the exit code.
 */
export async function forEachName(
  context: Context,
  names: readonly string[],
  action: (name: string) => Promise<unknown>,
): Promise<number> {
  let exitCode = 0;
  for (const name of names) {
    try {
      await action(name);
      context.console.out(`${name}\n`);
    } catch (error) {
      context.console.err(`${describeFailure(error, context)}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}

/** An error as the docker CLI words it. */
export function describeFailure(error: unknown, { address }: Pick<Context, 'address'>): string {
  if (error instanceof EngineApiError) return `Error response from daemon: ${error.message}`;
  if (error instanceof SyscallError && error.syscall === 'connect') {
    return `Cannot connect to the engine at ${address}: ${describeErrno(error.errno)[1]}`;
  }
  return errorMessage(error);
}
