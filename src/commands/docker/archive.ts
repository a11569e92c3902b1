/** `load` and `save`: images as archives. */
import { CommandFailure, defineCommand } from './command.ts';

export const loadCommand = defineCommand({
  summary: 'Load images from an archive',
  usage: '[OPTIONS]',
  arguments: [0, 0],
  flags: {
    input: { kind: 'string', short: 'i', value: 'file', help: 'The archive; standard input if absent' },
    quiet: { kind: 'boolean', short: 'q', help: 'No progress' },
  },
  async run({ client, console }, flags) {
    if (flags.input === undefined && console.inputIsTerminal) {
      throw new CommandFailure(
        'requested load from stdin, but stdin is a terminal: redirect it, or use --input',
      );
    }
    const archive = flags.input === undefined ? console.openInput() : console.openFile(flags.input);
    const messages = await client.loadImages(archive, { quiet: flags.quiet });
    for (let message = await messages.read(); message !== null; message = await messages.read()) {
      if (message.error !== undefined) throw new CommandFailure(message.error);
      if (message.stream !== undefined) console.out(message.stream);
    }
    return 0;
  },
});

export const saveCommand = defineCommand({
  summary: 'Write images to an archive',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  arguments: [1, Number.POSITIVE_INFINITY],
  flags: {
    output: { kind: 'string', short: 'o', value: 'file', help: 'The archive; standard output if absent' },
  },
  async run({ client, console }, flags, names) {
    if (flags.output === undefined && console.outputIsTerminal) {
      throw new CommandFailure('refusing to save to a terminal: use --output or redirect');
    }
    const archive = await client.saveImages(names);
    if (flags.output !== undefined) await console.saveFile(flags.output, archive);
    else for (let data = await archive.read(); data !== null; data = await archive.read()) console.out(data);
    return 0;
  },
});
