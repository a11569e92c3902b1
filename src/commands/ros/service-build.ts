import { imageBuilder } from '../../services/build-image.ts';
import { type Command, defineCommand, describeFailure } from '../docker/command.ts';
import type { Machine } from './machine.ts';
import { loadServices, requireServices } from './services.ts';

/** `ros service build` */
export function serviceBuild(machine: Machine): Command {
  return defineCommand({
    summary: 'Build the images of services that have a Dockerfile, also those that are there already',
    usage: '[OPTIONS] [SERVICE...]',
    arguments: [0, Number.POSITIVE_INFINITY],
    flags: {
      'no-cache': { kind: 'boolean', help: 'Do every step, also those that were done before' },
      'force-rm': { kind: 'boolean', help: 'Remove the containers of steps that fail, too' },
      pull: { kind: 'boolean', help: 'Pull the images that the Dockerfile begins with' },
    },
    examples: [['build web', '`ros service up web` then makes its container anew, if the image has changed']],
    async run(context, flags, names) {
      const { client, console } = context;
      const { config, project } = await loadServices(machine, console, 'if absent');
      requireServices(project, names);
      const wishes = { nocache: flags['no-cache'], forcerm: flags['force-rm'], pull: flags.pull };
      const build = imageBuilder(client, config, console.out, wishes);
      let status = 0;
      for (const { name, request, build: definition } of project.services) {
        if (names.length > 0 && !names.includes(name)) continue;
        const image = request.Image ?? '';
        if (definition === undefined) {
          if (names.length > 0) console.err(`${name} uses an image, skipping\n`);
          continue;
        }
        try {
          await build(image, definition);
        } catch (error) {
          console.err(`${name}: ${describeFailure(error, context)}\n`);
          status = 1;
        }
      }
      return status;
    },
  });
}
