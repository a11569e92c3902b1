import { CLOUD_CONFIG } from '../../config/config-files.ts';
import { defineLocalCommand } from '../docker/command.ts';
import { changeConfiguration } from './change-configuration.ts';
import { INPUT_FLAG, readInput } from './config-input.ts';

/** `ros config merge` */
export const configMerge = defineLocalCommand({
  summary: 'Merge a document into cloud-config.yml',
  usage: '[OPTIONS]',
  arguments: [0, 0],
  flags: INPUT_FLAG,
  examples: [['merge -i more.yml', 'maps key by key; lists and single values are replaced']],
  async run({ console }, { input }) {
    const over = await readInput(console, input);
    const { mergeDocument } = await import('../../config/set.ts');
    changeConfiguration(console, (text) => mergeDocument(text, CLOUD_CONFIG, over));
    return 0;
  },
});
