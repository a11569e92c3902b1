import { defineLocalCommand } from '../docker/command.ts';
import { parseTemplate } from '../docker/template.ts';
import { readInput } from './config-input.ts';

/** `ros config generate` */
export const configGenerate = defineLocalCommand({
  summary: 'Fill a template of Go, from standard input, with the variables of the environment',
  usage: '',
  arguments: [0, 0],
  flags: {},
  examples: [['generate <os-config.tpl.yml', 'where {{.VERSION}} stands, the value of $VERSION comes']],
  async run({ console }) {
    const { text } = await readInput(console, undefined);
    const variables = host.environment.map((entry): [string, string] => {
      const equals = entry.indexOf('=');
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    });
    console.out(parseTemplate(text)(new Map(variables)));
    return 0;
  },
});
