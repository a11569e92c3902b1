/** `system-docker`: a docker CLI of the everyday commands. */
import { loadCommand, saveCommand } from './archive.ts';
import { ArgumentError, type Command, CommandFailure, describeFailure } from './command.ts';
import { type Console, isBrokenPipe, processConsole } from './console.ts';
import { eventsCommand } from './events.ts';
import { execCommand } from './exec.ts';
import { type FlagTable, parseFlags, UsageError } from './flags.ts';
import { type CommandGroups, commandHelp, overview, usageLine } from './help.ts';
import { imagesCommand, rmiCommand, tagCommand } from './images.ts';
import { inspectCommand } from './inspect.ts';
import {
  killCommand,
  pauseCommand,
  renameCommand,
  restartCommand,
  rmCommand,
  stopCommand,
  unpauseCommand,
  waitCommand,
} from './lifecycle.ts';
import { logsCommand, topCommand } from './logs.ts';
import { psCommand } from './ps.ts';
import { createCommand, runCommand } from './run.ts';
import { attachCommand, startCommand } from './start.ts';
import { infoCommand, reexecCommand, versionCommand } from './system.ts';

const PROGRAM = 'system-docker';
const DEFAULT_HOST = 'unix:///var/run/system-docker.sock';
/** Docker's exit code for flags that cannot be understood. */
const EXIT_BAD_FLAGS = 125;

const GROUPS: CommandGroups = [
  [
    'Containers',
    {
      run: runCommand,
      create: createCommand,
      start: startCommand,
      stop: stopCommand,
      restart: restartCommand,
      kill: killCommand,
      pause: pauseCommand,
      unpause: unpauseCommand,
      wait: waitCommand,
      rename: renameCommand,
      rm: rmCommand,
    },
  ],
  [
    'Looking into them',
    {
      ps: psCommand,
      logs: logsCommand,
      top: topCommand,
      inspect: inspectCommand,
      exec: execCommand,
      attach: attachCommand,
    },
  ],
  [
    'Images',
    { images: imagesCommand, load: loadCommand, save: saveCommand, tag: tagCommand, rmi: rmiCommand },
  ],
  [
    'The engine',
    { events: eventsCommand, info: infoCommand, version: versionCommand, reexec: reexecCommand },
  ],
];

const COMMANDS: Readonly<Record<string, Command>> = Object.assign({}, ...GROUPS.map(([, group]) => group));

/** The docker CLI's longer names that are not just a word before ours: `container ls` is `ps`. */
const LONG_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  container: { ls: 'ps', list: 'ps' },
  image: { ls: 'images', list: 'images', rm: 'rmi' },
  system: {},
  engine: {},
};

const GLOBAL_FLAGS = {
  help: { kind: 'boolean', help: 'Print this help' },
  host: {
    kind: 'string',
    short: 'H',
    value: 'address',
    help: 'unix:///path or tcp://address:port of the engine',
  },
  version: { kind: 'boolean', short: 'v', help: "Print the engine's version" },
} as const satisfies FlagTable;

/**
 * Runs a docker command line without the program's name; returns the exit code. The engine is that of `--host`, of
 * `DOCKER_HOST`, or System Docker.
 */
export async function dockerCommand(args: string[], console: Console = processConsole()): Promise<number> {
  const invocation: Invocation = {};
  try {
    return await runCommandLine(args, console, invocation);
  } catch (error) {
    return isBrokenPipe(error) ? 1 : reportFailure(error, console, invocation);
  }
}

/** What has been understood of the command line so far, for the report of a failure. */
interface Invocation {
  name?: string;
  command?: Command;
  address?: string;
}

async function runCommandLine(
  args: readonly string[],
  console: Console,
  invocation: Invocation,
): Promise<number> {
  const { flags, args: words } = parseFlags(GLOBAL_FLAGS, args, true);
  if (flags.version) words.splice(0, words.length, 'version', '--format', '{{.Server.Version}}');
  const asksForHelp = flags.help || words[0] === 'help';
  const [name, ...rest] = shortName(words[0] === 'help' ? words.slice(1) : words);
  if (name === undefined) {
    console.out(`${overview(PROGRAM, GROUPS, GLOBAL_FLAGS)}\n`);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new CommandFailure(`${PROGRAM}: unknown command: ${name}\n\n${hint()}`);
  const address = flags.host ?? (console.environment('DOCKER_HOST') || DEFAULT_HOST);
  Object.assign(invocation, { name, command, address });
  const context = { client: await console.openClient(address), address, console };
  const result = await command.execute(context, asksForHelp ? ['--help'] : rest);
  if (result !== 'help') return result;
  console.out(`${commandHelp(PROGRAM, name, command)}\n`);
  return 0;
}

/** Says what went wrong. Returns the exit code. */
function reportFailure(
  error: unknown,
  console: Console,
  { name, command, address = '' }: Invocation,
): number {
  if (error instanceof UsageError) {
    const isCount = error instanceof ArgumentError;
    const problem = isCount ? `${PROGRAM}: '${PROGRAM} ${name}' ${error.message}` : error.message;
    const usage = name === undefined || command === undefined ? [] : [usageLine(PROGRAM, name, command)];
    console.err(`${[problem, ...usage, hint(name)].join('\n\n')}\n`);
    return isCount ? 1 : EXIT_BAD_FLAGS;
  }
  const exitCode =
    (error instanceof CommandFailure ? error.exitCode : undefined) ?? command?.failureCode ?? 1;
  const prefix = exitCode >= EXIT_BAD_FLAGS ? `${PROGRAM}: ` : '';
  console.err(`${prefix}${describeFailure(error, { address })}\n`);
  return exitCode;
}

/** Takes the first word off long names. */
function shortName(words: readonly string[]): readonly string[] {
  const [group = '', name = '', ...rest] = words;
  const names = Object.hasOwn(LONG_NAMES, group) ? LONG_NAMES[group] : undefined;
  return names === undefined || name === '' ? words : [names[name] ?? name, ...rest];
}

function hint(name?: string): string {
  const words = name === undefined ? PROGRAM : `${PROGRAM} ${name}`;
  return `Run '${words} --help' for more information`;
}
