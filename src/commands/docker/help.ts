/** Help texts. */
import type { Command } from './command.ts';
import type { FlagDefinition, FlagTable } from './flags.ts';

/** The commands in groups, for the overview. */
export type CommandGroups = readonly (readonly [
  title: string,
  commands: Readonly<Record<string, Command>>,
])[];

const HELP_INDENT = 28;

/** The overview of all commands. */
export function overview(program: string, groups: CommandGroups, flags: FlagTable): string {
  const lists = groups.map(([title, commands]) => {
    const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
    return `${title}:\n${lines.join('\n')}`;
  });
  return [
    `Usage:  ${program} [OPTIONS] COMMAND`,
    'Containers and images of System Docker, the engine that runs the services of this system.',
    ...lists,
    `Options:\n${flagLines(flags)}`,
    `Run '${program} COMMAND --help' for more about a command.`,
  ].join('\n\n');
}

/** The help of one command. */
export function commandHelp(program: string, name: string, command: Command): string {
  const parts = [usageLine(program, name, command), command.summary];
  if (Object.keys(command.flags).length > 0) parts.push(`Options:\n${flagLines(command.flags)}`);
  if (command.examples !== undefined) {
    const lines = command.examples.map(([line, meaning]) => `  ${program} ${line}\n      ${meaning}`);
    parts.push(`Examples:\n${lines.join('\n')}`);
  }
  return parts.join('\n\n');
}

export function usageLine(program: string, name: string, { usage }: Command): string {
  return `Usage:  ${program} ${name} ${usage}`;
}

function flagLines(flags: FlagTable): string {
  return Object.entries(flags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => flagLine(name, flag))
    .join('\n');
}

function flagLine(name: string, { short, kind, value, help, isDefault }: FlagDefinition): string {
  const shortForm = short === undefined ? '    ' : `-${short}, `;
  const placeholder = kind === 'boolean' ? '' : ` ${value ?? (kind === 'integer' ? 'number' : 'value')}`;
  const form = `  ${shortForm}--${name}${placeholder}`;
  const text = isDefault === true ? `${help} (default true)` : help;
  const separator =
    form.length < HELP_INDENT ? ' '.repeat(HELP_INDENT - form.length) : `\n${' '.repeat(HELP_INDENT)}`;
  return `${form}${separator}${text}`;
}
