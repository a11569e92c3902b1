import type { Config } from '../../config/schema.ts';
import { type Command, defineLocalCommand } from '../docker/command.ts';
import { INPUT_FLAG, readInput } from './config-input.ts';
import type { Machine } from './machine.ts';

/** `ros config images` */
export function configImages(machine: Machine): Command {
  return defineLocalCommand({
    summary: 'Print the images that services need, on one line',
    usage: '[OPTIONS]',
    arguments: [0, 0],
    flags: {
      input: { ...INPUT_FLAG.input, help: "The file to read; the machine's configuration if not given" },
    },
    async run({ console }, { input }) {
      const { imagesOf } = await import('../../services/images.ts');
      console.out(`${imagesOf(await read()).join(' ')}\n`);
      return 0;

      async function read(): Promise<Config> {
        if (input === undefined) return (await machine.config()).config;
        const { file, text } = await readInput(console, input);
        const { parseSource } = await import('../../config/document.ts');
        return parseSource(file, text).source.values;
      }
    },
  });
}
