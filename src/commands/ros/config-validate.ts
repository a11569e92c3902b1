import { defineLocalCommand } from '../docker/command.ts';
import { INPUT_FLAG, readInput } from './config-input.ts';

/** `ros config validate` */
export const configValidate = defineLocalCommand({
  summary: 'Tell what is wrong with a document, and where; anybody can use it, also elsewhere',
  usage: '[OPTIONS]',
  arguments: [0, 0],
  flags: INPUT_FLAG,
  examples: [['validate -i cloud-config.yml', 'exits with 1 if something is wrong, and is silent otherwise']],
  async run({ console }, { input }) {
    const document = await readInput(console, input);
    const { validateDocument } = await import('../../services/validate.ts');
    const { errors, warnings } = validateDocument(document.text, document.file);
    for (const { message } of errors) console.err(`${message}\n`);
    for (const { message } of warnings) console.err(`warning: ${message}\n`);
    return errors.length === 0 ? 0 : 1;
  },
});
