/** `inspect`: everything the engine knows about a container or an image. */
import { EngineApiError, type EngineClient } from '../../engine/client.ts';
import { CommandFailure, defineCommand } from './command.ts';
import { parseFormat } from './template.ts';

const KINDS: Readonly<Record<string, (client: EngineClient, name: string) => Promise<unknown>>> = {
  container: (client, name) => client.inspectContainer(name),
  image: (client, name) => client.inspectImage(name),
};

export const inspectCommand = defineCommand({
  summary: 'Show all about containers and images',
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  arguments: [1, Number.POSITIVE_INFINITY],
  flags: {
    format: { kind: 'string', short: 'f', help: 'json, or a template such as "{{.State.Pid}}"' },
    type: { kind: 'string', help: 'container or image' },
  },
  examples: [
    ['inspect -f "{{.State.Status}} {{.State.ExitCode}}" console', 'how it ended'],
    ['inspect -f "{{json .Config.Labels}}" console', 'one part, as JSON'],
  ],
  async run({ client, console }, flags, names) {
    const kinds = flags.type === undefined ? Object.keys(KINDS) : [flags.type];
    for (const kind of kinds) {
      if (!Object.hasOwn(KINDS, kind)) throw new CommandFailure(`"${kind}" is not a valid value for --type`);
    }
    const print = printerFor(flags.format);
    const objects: unknown[] = [];
    const missing: string[] = [];
    for (const name of names) {
      const object = await find(client, kinds, name);
      if (object === undefined) missing.push(name);
      else objects.push(object);
    }
    console.out(print(objects));
    for (const name of missing) console.err(`Error: No such ${flags.type ?? 'object'}: ${name}\n`);
    return missing.length === 0 ? 0 : 1;
  },
});

async function find(client: EngineClient, kinds: readonly string[], name: string): Promise<unknown> {
  for (const kind of kinds) {
    try {
      return await KINDS[kind]?.(client, name);
    } catch (error) {
      if (!(error instanceof EngineApiError) || error.status !== 404) throw error;
    }
  }
  return undefined;
}

function printerFor(format: string | undefined): (objects: readonly unknown[]) => string {
  if (format === undefined) return (objects) => `${JSON.stringify(objects, undefined, 4)}\n`;
  if (format === 'json') return (objects) => `${JSON.stringify(objects)}\n`;
  const template = parseFormat(format);
  return (objects) => objects.map((object) => `${template(object)}\n`).join('');
}
