import { getValue } from '../../config/get.ts';
import { type Command, defineLocalCommand } from '../docker/command.ts';
import type { Machine } from './machine.ts';

/** `ros config get` */
export function configGet(machine: Machine): Command {
  return defineLocalCommand({
    summary: 'Print the value of a key; an empty line if it has none',
    usage: 'KEY',
    arguments: [1, 1],
    flags: {},
    examples: [
      ['get hostname', 'a single value'],
      ['get rancher.services.console', 'a part of the configuration, as YAML'],
    ],
    async run({ console }, _, [key = '']) {
      const value = getValue((await machine.config()).config, key);
      // A single value needs no YAML, the import of which takes time.
      if (typeof value !== 'object') console.out(`${value ?? ''}\n`);
      else
        console.out(value === null ? '\n' : `${(await import('../../config/yaml.ts')).formatYaml(value)}\n`);
      return 0;
    },
  });
}
