import { pullImage, registryAuth } from '../../services/pull-image.ts';
import { type Command, defineCommand, describeFailure } from '../docker/command.ts';
import type { Machine } from './machine.ts';
import { loadServices, requireNames, requireServices } from './services.ts';

/** `ros service pull` */
export function servicePull(machine: Machine): Command {
  return defineCommand({
    summary: 'Pull the images of services, also those that are there already',
    usage: '[OPTIONS] SERVICE [SERVICE...]',
    arguments: [0, Number.POSITIVE_INFINITY],
    flags: { 'ignore-pull-failures': { kind: 'boolean', help: 'Exit with 0 all the same' } },
    examples: [['pull web', '`ros service up web` then makes its container anew, if the image has changed']],
    async run(context, flags, names) {
      const { client, console } = context;
      requireNames(names);
      const { config, project } = await loadServices(machine, console, 'if absent');
      requireServices(project, names);
      let status = 0;
      for (const { name, request } of project.services.filter((service) => names.includes(service.name))) {
        const image = request.Image ?? '';
        try {
          await pullImage(client, image, registryAuth(config, image));
          console.out(`${image}\n`);
        } catch (error) {
          console.err(`${name}: ${describeFailure(error, context)}\n`);
          status = 1;
        }
      }
      return flags['ignore-pull-failures'] ? 0 : status;
    },
  });
}
