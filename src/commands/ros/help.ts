/** What `ros --help` says. */
import type { Command } from '../docker/command.ts';
import type { CommandGroup, Commands } from './commands.ts';

const NAME_WIDTH = 18;

/** The overview of all commands. */
export async function rosOverview(
  groups: Readonly<Record<string, CommandGroup>>,
  singles: Readonly<Record<string, Command>>,
): Promise<string> {
  const sections: string[] = [];
  for (const [name, group] of Object.entries(groups)) {
    sections.push(`${group.summary}:\n${commandLines(name, await group.commands())}`);
  }
  return [
    'Usage:  ros COMMAND',
    'Looks after this system. Everything in it is a container: its services are those of System Docker\n' +
      '(`system-docker ps`), and one YAML file, the cloud-config, says what they do.',
    ...sections,
    `The running system:\n${lines(singles)}`,
    'Options:\n  --help              Print this help; behind a command, that of the command\n' +
      '  -v, --version       Print the version of the OS',
    'Files:\n  /usr/share/ros/os-config.yml                  What the OS brings along\n' +
      '  /var/lib/rancher/conf/cloud-config.d/*.yml    Your settings, merged over it in the order of their names\n' +
      '  /var/lib/rancher/conf/cloud-config.yml        And over those\n' +
      '  /proc/cmdline                                 And over all: rancher.KEY=VALUE, cc.KEY=VALUE',
  ].join('\n\n');
}

/** The commands of one group. */
export async function groupHelp(name: string, group: CommandGroup): Promise<string> {
  return [
    `Usage:  ros ${name} COMMAND`,
    group.summary,
    `Commands:\n${commandLines(name, await group.commands())}`,
    `Run 'ros ${name} COMMAND --help' for more about a command.`,
  ].join('\n\n');
}

function commandLines(name: string, commands: Commands): string {
  return lines(
    Object.fromEntries(Object.entries(commands).map(([word, command]) => [`${name} ${word}`, command])),
  );
}

function lines(commands: Commands): string {
  return Object.entries(commands)
    .map(([words, { summary }]) => `  ${words.padEnd(NAME_WIDTH)}  ${summary}`)
    .join('\n');
}
