import { writeFileAtomic } from '../../linux/file.ts';
import { type Command, defineLocalCommand } from '../docker/command.ts';
import type { Machine } from './machine.ts';

/** `ros config export` */
export function configExport(machine: Machine): Command {
  return defineLocalCommand({
    summary: 'Print what people have configured, without secrets',
    usage: '[OPTIONS]',
    arguments: [0, 0],
    flags: {
      output: { kind: 'string', short: 'o', value: 'FILE', help: 'Write to a file that only root can read' },
      private: { kind: 'boolean', short: 'p', help: 'With passwords, private keys and words behind --' },
      full: { kind: 'boolean', short: 'f', help: 'With what the OS brings along' },
    },
    async run({ console }, flags) {
      const { sources } = await machine.load();
      const { exportConfig } = await import('../../config/export.ts');
      const { formatYaml } = await import('../../config/yaml.ts');
      const { config, omitted } = exportConfig(sources, { isFull: flags.full, isPrivate: flags.private });
      const text = `#cloud-config\n${formatYaml(config)}`;
      if (flags.output === undefined) console.out(text);
      else writeFileAtomic(flags.output, text, 0o600);
      if (omitted.length > 0) console.err(`left out: ${omitted.join(', ')}; --private shows them\n`);
      return 0;
    },
  });
}
