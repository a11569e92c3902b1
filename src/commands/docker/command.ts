/** What a command is made of. */
import type { EngineClient } from '../../engine/client.ts';
import { EngineApiError } from '../../engine/engine-api-error.ts';
import { describeErrno, SyscallError } from '../../linux/errno.ts';
import { errorMessage } from '../../linux/error-report.ts';
import type { Console } from './console.ts';
import { type FlagTable, type FlagValues, parseFlags, UsageError } from './flags.ts';

/** What every command works with. */
export interface LocalContext {
  readonly console: Console;
}

/** What those work with that ask the engine. */
export interface Context extends LocalContext {
  readonly client: EngineClient;
  /** The engine's address. */
  readonly address: string;
}

interface CommandDefinition<Table extends FlagTable, Needed extends LocalContext> {
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
  run(context: Needed, flags: FlagValues<Table>, args: readonly string[]): Promise<number>;
}

/** A command whose flags have lost their types. */
interface AnyCommand<Needed extends LocalContext> extends Omit<CommandDefinition<FlagTable, Needed>, 'run'> {
  /** Parses the words behind the command's name and runs it, or finds that they ask for help. Throws UsageError. */
  execute(context: Needed, words: readonly string[]): Promise<number | 'help'>;
}

interface EngineCommand extends AnyCommand<Context> {
  readonly isLocal: false;
}

/** One that the client of the engine need not be imported for, which takes longer than what it does. */
interface LocalCommand extends AnyCommand<LocalContext> {
  readonly isLocal: true;
}

export type Command = EngineCommand | LocalCommand;

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

export function defineCommand<const Table extends FlagTable>(
  definition: CommandDefinition<Table, Context>,
): Command {
  return { ...parsing(definition), isLocal: false };
}

/** For a command that does not ask the engine. */
export function defineLocalCommand<const Table extends FlagTable>(
  definition: CommandDefinition<Table, LocalContext>,
): Command {
  return { ...parsing(definition), isLocal: true };
}

function parsing<Table extends FlagTable, Needed extends LocalContext>(
  definition: CommandDefinition<Table, Needed>,
): AnyCommand<Needed> {
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
