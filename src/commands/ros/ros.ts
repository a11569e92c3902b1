/** `ros`: looks after the system. */
import { type Command, CommandFailure, type Context, describeFailure } from '../docker/command.ts';
import { type Console, isBrokenPipe, processConsole } from '../docker/console.ts';
import { type FlagTable, parseFlags, UsageError } from '../docker/flags.ts';
import {
  type CommandGroup,
  commandGroups,
  INTERNAL_COMMANDS,
  SINGLES_FOR_ANYBODY,
  singleCommands,
} from './commands.ts';
import { type Machine, thisMachine } from './machine.ts';

const SYSTEM_DOCKER = 'unix:///var/run/system-docker.sock';

const GLOBAL_FLAGS = {
  help: { kind: 'boolean', short: 'h', help: 'Print this help' },
  version: { kind: 'boolean', short: 'v', help: 'Print the version of the OS' },
} as const satisfies FlagTable;

/** Runs `ros` with these arguments; returns the exit code. */
export async function rosCommand(
  args: string[],
  console: Console = processConsole(),
  machine: Machine = thisMachine,
): Promise<number> {
  try {
    return await runCommandLine(args, console, machine);
  } catch (error) {
    if (isBrokenPipe(error)) return 1;
    console.err(`ros: ${describeFailure(error, { address: SYSTEM_DOCKER })}\n`);
    return 1;
  }
}

async function runCommandLine(args: string[], console: Console, machine: Machine): Promise<number> {
  const { flags, args: words } = parseFlags(GLOBAL_FLAGS, args, true);
  const asksForHelp = flags.help || words[0] === 'help';
  const [first, second, ...rest] = words[0] === 'help' ? words.slice(1) : words;
  const groups = commandGroups(machine);
  const singles = singleCommands(machine);
  const print = (text: string) => {
    console.out(`${text}\n`);
    return 0;
  };
  if (flags.version) return print(await versionLine(machine));
  if (first === undefined) return print(await (await import('./help.ts')).rosOverview(groups, singles));
  const internal = ownValue(INTERNAL_COMMANDS, first);
  if (internal !== undefined) {
    requireRoot(machine);
    return internal(args.slice(1));
  }
  const single = ownValue(singles, first);
  if (single !== undefined) {
    const isHelp = asksForHelp || words.includes('--help');
    if (!isHelp && !SINGLES_FOR_ANYBODY.includes(first)) requireRoot(machine);
    return runCommand('ros', first, await single(), isHelp ? ['--help'] : args.slice(1), console);
  }
  const [groupName, group] = await findGroup(first, groups, Object.keys(singles));
  if (second === undefined || second === '--help' || second === '-h')
    return print(await (await import('./help.ts')).groupHelp(groupName, group));
  const name = ownValue(group.commandAliases ?? {}, second) ?? second;
  const command = ownValue(group.commands, name);
  if (command === undefined)
    throw await unknown(`${groupName} ${second}`, second, Object.keys(group.commands));
  const isHelp = asksForHelp || rest.includes('--help');
  if (!isHelp && !group.forAnybody?.includes(name)) requireRoot(machine);
  return runCommand(`ros ${groupName}`, name, await command(), isHelp ? ['--help'] : rest, console);
}

/** In the words of RancherOS. */
async function versionLine(machine: Machine): Promise<string> {
  const version = await machine.version();
  return `version ${version} from os image paddock/os:${version}`;
}

function requireRoot(machine: Machine): void {
  if (!machine.isRoot()) throw new CommandFailure('Need to be root');
}

async function findGroup(
  word: string,
  groups: Readonly<Record<string, CommandGroup>>,
  singles: readonly string[],
): Promise<readonly [string, CommandGroup]> {
  const found = Object.entries(groups).find(([name, { alias }]) => word === name || word === alias);
  if (found === undefined) throw await unknown(word, word, [...Object.keys(groups), ...singles]);
  return found;
}

async function unknown(shown: string, word: string, known: readonly string[]): Promise<CommandFailure> {
  const { nearest } = await import('../../config/nearest.ts');
  const guess = nearest(word, known);
  const advice = guess === undefined ? `there is ${known.join(', ')}` : `did you mean ${guess}?`;
  return new CommandFailure(`${shown}: no such command; ${advice}`);
}

function ownValue<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

async function engineContext(console: Console): Promise<Context> {
  return { client: await console.openClient(SYSTEM_DOCKER), address: SYSTEM_DOCKER, console };
}

async function runCommand(
  program: string,
  name: string,
  command: Command,
  words: readonly string[],
  console: Console,
): Promise<number> {
  try {
    const result = command.isLocal
      ? await command.execute({ console }, words)
      : await command.execute(await engineContext(console), words);
    if (result !== 'help') return result;
    const { commandHelp } = await import('../docker/help.ts');
    console.out(`${commandHelp(program, name, command)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { usageLine } = await import('../docker/help.ts');
    const usage = usageLine(program, name, command);
    console.err(`${program} ${name}: ${error.message}\n\n${usage}\n`);
    return 1;
  }
}
