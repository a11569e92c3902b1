/** `ros service enable`, `disable` and `delete`: what `rancher.services_include` says. */
import { changeCloudConfig } from '../../config/cloud-config-file.ts';
import { CLOUD_CONFIG } from '../../config/config-files.ts';
import { isPlace } from '../../services/catalogue.ts';
import { pullImage, registryAuth } from '../../services/pull-image.ts';
import { type Command, CommandFailure, defineCommand } from '../docker/command.ts';
import type { Machine } from './machine.ts';
import { requireNames } from './services.ts';

const MANY = Number.POSITIVE_INFINITY;
const USAGE = 'SERVICE [SERVICE...]';

/** `ros service enable` */
export function serviceEnable(machine: Machine): Command {
  return defineCommand({
    summary: 'Enable services of a repository, a URL or a file, and pull their images',
    usage: USAGE,
    arguments: [0, MANY],
    flags: {},
    examples: [
      ['enable web', 'from rancher.repositories'],
      ['enable /var/lib/rancher/conf/web.yml', 'from a file of your own'],
    ],
    async run({ client, console }, _, names) {
      requireNames(names);
      const { config } = await machine.config();
      const { openCatalogue } = await import('../../services/catalogue.ts');
      const catalogue = openCatalogue(config, () => host.sha256());
      for (const name of names) {
        if (config.rancher?.services?.[name]?.['image'] !== undefined) continue;
        const definitions = await catalogue.definitions(name, 'if absent').catch((error: unknown) => {
          throw new CommandFailure(`${name} is not a valid service: ${(error as Error).message}`);
        });
        for (const image of await imagesOf(definitions)) {
          const isThere = await client.inspectImage(image).then(
            () => true,
            () => false,
          );
          if (isThere) continue;
          console.err(`Pulling ${image}\n`);
          await pullImage(client, image, registryAuth(config, image));
        }
      }
      await include(names, true);
      console.err(`\`ros service up ${names.find((name) => !isPlace(name)) ?? ''}\` starts it now\n`);
      return 0;

      async function imagesOf(definitions: Readonly<Record<string, unknown>>): Promise<string[]> {
        const { parseProject } = await import('../../services/project.ts');
        const services = definitions as Record<string, Record<string, unknown>>;
        const project = parseProject({ rancher: { ...config.rancher, services } });
        return project.services.flatMap(({ request }) => request.Image ?? []);
      }
    },
  });
}

/** `ros service disable` */
export const serviceDisable = defineCommand({
  summary: 'Disable services; they are not started any more at boot',
  usage: USAGE,
  arguments: [0, MANY],
  flags: {},
  examples: [['disable ntp', 'also those that the OS brings along']],
  async run(_, __, names) {
    requireNames(names);
    await include(names, false);
    return 0;
  },
});

/** `ros service delete` */
export const serviceDelete = defineCommand({
  summary: 'Take services out of rancher.services_include',
  usage: USAGE,
  arguments: [0, MANY],
  flags: {},
  async run(_, __, names) {
    requireNames(names);
    await include(names, undefined);
    return 0;
  },
});

/** @param value undefined takes the names out */
async function include(names: readonly string[], value: boolean | undefined): Promise<void> {
  const { removeFromYaml, setInYaml } = await import('../../config/yaml-edit.ts');
  changeCloudConfig(CLOUD_CONFIG, (text) =>
    names.reduce((written, name) => {
      const path = ['rancher', 'services_include', name];
      return value === undefined
        ? removeFromYaml(written, CLOUD_CONFIG, path)
        : setInYaml(written, CLOUD_CONFIG, path, value);
    }, text),
  );
}
