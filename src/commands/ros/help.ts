/** What `ros --help` says. */
import type { CommandGroup, Commands } from './commands.ts';

const NAME_WIDTH = 18;

/** The overview of all commands. */
export async function rosOverview(
  groups: Readonly<Record<string, CommandGroup>>,
  singles: Commands,
): Promise<string> {
  const sections: string[] = [];
  for (const [name, group] of Object.entries(groups)) {
    sections.push(`${group.summary}:\n${await commandLines(group.commands, name)}`);
  }
  return [
    'Usage:  ros COMMAND',
    'Looks after this system. Everything in it is a container: its services are those of System Docker\n' +
      '(`system-docker ps`), and one YAML file, the cloud-config, says what they do.',
    ...sections,
    `The running system:\n${await commandLines(singles)}`,
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
    `Commands:\n${await commandLines(group.commands, name)}`,
    `Run 'ros ${name} COMMAND --help' for more about a command.`,
  ].join('\n\n');
}

/** One line for each command, with the word before its name if there is one. */
async function commandLines(commands: Commands, group?: string): Promise<string> {
  const lines = Object.entries(commands).map(async ([name, load]) => {
    const words = group === undefined ? name : `${group} ${name}`;
    return `  ${words.padEnd(NAME_WIDTH)}  ${(await load()).summary}`;
  });
  return (await Promise.all(lines)).join('\n');
}
