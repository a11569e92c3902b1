import { type Command, defineCommand } from '../docker/command.ts';
import type { Machine } from './machine.ts';

/** `ros service list` */
export function serviceList(machine: Machine): Command {
  return defineCommand({
    summary: 'List the services that are configured',
    usage: '[OPTIONS]',
    arguments: [0, 0],
    flags: { all: { kind: 'boolean', short: 'a', help: 'Also those that the OS brings along' } },
    async run({ console }, { all }) {
      const builtIn = Object.keys(machine.osConfig().rancher?.services ?? {});
      const names = Object.keys((await machine.load()).config.rancher?.services ?? {});
      const shown = names.filter((name) => all || !builtIn.includes(name)).sort();
      console.out(shown.map((name) => `enabled  ${name}\n`).join(''));
      return 0;
    },
  });
}
