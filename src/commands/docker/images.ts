/** `images`, `tag`, `rmi`: images and their names. */
import type { ImageSummary } from '../../engine/api-types.ts';
import { parseReference, repositoryName, shortId } from '../../oci/reference.ts';
import { type Context, defineCommand, describeFailure } from './command.ts';
import { parseFilters } from './filters.ts';
import { UsageError } from './flags.ts';
import { type Field, printList } from './format.ts';
import { decimalSize, formatTimestamp, humanDuration } from './units.ts';

/** An image under one of its names. */
interface Row {
  readonly image: ImageSummary;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const NONE = '<none>';

export const imagesCommand = defineCommand({
  summary: 'List images',
  usage: '[OPTIONS] [NAME[:TAG]]',
  arguments: [0, 1],
  flags: {
    all: { kind: 'boolean', short: 'a', help: 'Also those that only serve others' },
    digests: { kind: 'boolean', help: 'Also digests' },
    filter: {
      kind: 'list',
      short: 'f',
      value: 'filter',
      help: 'Only those with label=…, dangling=true, and so on',
    },
    format: { kind: 'string', help: 'table, json, or a template such as "{{.Repository}}:{{.Tag}}"' },
    'no-trunc': { kind: 'boolean', help: 'Do not shorten ids' },
    quiet: { kind: 'boolean', short: 'q', help: 'Only ids' },
  },
  async run({ client, console }, flags, [name]) {
    const filters = { ...parseFilters(flags.filter), ...(name === undefined ? {} : { reference: [name] }) };
    const images = await client.listImages({ all: flags.all, digests: flags.digests, filters });
    const columns = ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size'];
    if (flags.digests) columns.splice(2, 0, 'Digest');
    const fields = fieldsOf(!flags['no-trunc'], Date.now() / 1000);
    printList(console, images.flatMap(rowsOf), { fields, columns, id: 'ID' }, flags);
    return 0;
  },
});

function rowsOf(image: ImageSummary): Row[] {
  const digest = image.RepoDigests?.[0]?.split('@')[1] ?? NONE;
  const tags = (image.RepoTags ?? []).filter((tag) => !tag.startsWith(NONE));
  if (tags.length === 0) return [{ image, repository: NONE, tag: NONE, digest }];
  return tags.map((name) => {
    const colon = name.lastIndexOf(':');
    return { image, repository: name.slice(0, colon), tag: name.slice(colon + 1), digest };
  });
}

function fieldsOf(isShort: boolean, now: number): Readonly<Record<string, Field<Row>>> {
  return {
    CreatedAt: { header: 'CREATED AT', value: ({ image }) => formatTimestamp(image.Created) },
    CreatedSince: { header: 'CREATED', value: ({ image }) => `${humanDuration(now - image.Created)} ago` },
    Digest: { header: 'DIGEST', value: ({ digest }) => digest },
    ID: { header: 'IMAGE ID', value: ({ image }) => (isShort ? shortId(image.Id) : image.Id) },
    Repository: { header: 'REPOSITORY', value: ({ repository }) => repository },
    Size: { header: 'SIZE', value: ({ image }) => decimalSize(image.Size) },
    Tag: { header: 'TAG', value: ({ tag }) => tag },
  };
}

export const tagCommand = defineCommand({
  summary: 'Give an image another name',
  usage: 'IMAGE NAME[:TAG]',
  arguments: [2, 2],
  flags: {},
  async run({ client }, _, [image = '', name = '']) {
    const reference = parseName(name);
    await client.tagImage(image, { repo: repositoryName(reference), tag: reference.tag ?? 'latest' });
    return 0;
  },
});

function parseName(name: string) {
  const reference = parseReference(name);
  if (reference.digest !== undefined)
    throw new UsageError(`"${name}" is not a name to give: it has a digest`);
  return reference;
}

export const rmiCommand = defineCommand({
  summary: 'Remove images',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  arguments: [1, Number.POSITIVE_INFINITY],
  flags: {
    force: { kind: 'boolean', short: 'f', help: 'Also if it has other names or stopped containers' },
    'no-prune': { kind: 'boolean', help: 'Keep parents without a name' },
  },
  async run(context, flags, names) {
    let exitCode = 0;
    for (const name of names) {
      try {
        await removeImage(context, name, { force: flags.force, noprune: flags['no-prune'] });
      } catch (error) {
        context.console.err(`${describeFailure(error, context)}\n`);
        exitCode = 1;
      }
    }
    return exitCode;
  },
});

async function removeImage(
  { client, console }: Context,
  name: string,
  options: { force: boolean; noprune: boolean },
): Promise<void> {
  for (const { Untagged, Deleted } of await client.removeImage(name, options)) {
    console.out(Untagged === undefined ? `Deleted: ${Deleted}\n` : `Untagged: ${Untagged}\n`);
  }
}
