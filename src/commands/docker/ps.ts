/** `ps`: lists containers. */
import type { ContainerSummary, PortSummary } from '../../engine/api-types.ts';
import { shortId } from '../../oci/reference.ts';
import { defineCommand } from './command.ts';
import { parseFilters } from './filters.ts';
import { type Field, printList } from './format.ts';
import { ellipsis } from './table.ts';
import { decimalSize, formatTimestamp, humanDuration } from './units.ts';

const COMMAND_WIDTH = 20;

export const psCommand = defineCommand({
  summary: 'List containers',
  usage: '[OPTIONS]',
  arguments: [0, 0],
  flags: {
    all: { kind: 'boolean', short: 'a', help: 'Also those that do not run' },
    filter: {
      kind: 'list',
      short: 'f',
      value: 'filter',
      help: 'Only those with name=…, status=…, label=…, and so on',
    },
    format: { kind: 'string', help: 'table, json, or a template such as "{{.ID}} {{.Names}}"' },
    last: { kind: 'integer', short: 'n', help: 'The newest n, whether they run or not' },
    latest: { kind: 'boolean', short: 'l', help: 'The newest, whether it runs or not' },
    'no-trunc': { kind: 'boolean', help: 'Do not shorten ids and commands' },
    quiet: { kind: 'boolean', short: 'q', help: 'Only ids' },
    size: { kind: 'boolean', short: 's', help: 'Also sizes on disk' },
  },
  examples: [
    ['ps', 'the services that run'],
    ['ps -a --filter status=exited', 'those that have ended'],
    ['ps --format "{{.Names}}: {{.Status}}"', 'names and states only'],
  ],
  async run({ client, console }, flags) {
    const limit = flags.latest ? 1 : flags.last;
    const containers = await client.listContainers({
      all: flags.all || (limit !== undefined && limit > 0),
      size: flags.size,
      filters: parseFilters(flags.filter),
      ...(limit !== undefined && limit > 0 ? { limit } : {}),
    });
    const columns = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'];
    if (flags.size) columns.push('Size');
    const methods = { Label: ({ Labels }: ContainerSummary, name: unknown) => Labels?.[String(name)] ?? '' };
    const list = { fields: fieldsOf(!flags['no-trunc'], Date.now() / 1000), columns, id: 'ID', methods };
    printList(console, containers, list, flags);
    return 0;
  },
});

/** The fields of a row; `isShort` cuts ids and commands. */
function fieldsOf(isShort: boolean, now: number): Readonly<Record<string, Field<ContainerSummary>>> {
  return {
    Command: {
      header: 'COMMAND',
      value: ({ Command }) => quote(isShort ? ellipsis(Command, COMMAND_WIDTH) : Command),
    },
    CreatedAt: { header: 'CREATED AT', value: ({ Created }) => formatTimestamp(Created) },
    ID: { header: 'CONTAINER ID', value: ({ Id }) => (isShort ? shortId(Id) : Id) },
    Image: { header: 'IMAGE', value: ({ Image }) => (isShort ? shortImage(Image) : Image) },
    Labels: { header: 'LABELS', value: ({ Labels }) => formatLabels(Labels) },
    Mounts: {
      header: 'MOUNTS',
      value: ({ Mounts }) => (Mounts ?? []).map(({ Name, Source }) => Name || Source || '').join(','),
    },
    Names: { header: 'NAMES', value: ({ Names }) => Names.map((name) => name.replace(/^\//, '')).join(',') },
    Networks: {
      header: 'NETWORKS',
      value: ({ NetworkSettings }) => Object.keys(NetworkSettings?.Networks ?? {}).join(','),
    },
    Ports: { header: 'PORTS', value: ({ Ports }) => formatPorts(Ports ?? []) },
    RunningFor: { header: 'CREATED', value: ({ Created }) => `${humanDuration(now - Created)} ago` },
    Size: { header: 'SIZE', value: formatSize },
    State: { header: 'STATE', value: ({ State }) => State },
    Status: { header: 'STATUS', value: ({ Status }) => Status },
  };
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** An image that has lost its name is known by its id. */
function shortImage(image: string): string {
  return /^(sha256:)?[0-9a-f]{64}$/.test(image) ? shortId(image) : image || '<no image>';
}

export function formatLabels(labels: Readonly<Record<string, string>> | null): string {
  return Object.entries(labels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
}

function formatPorts(ports: readonly PortSummary[]): string {
  return ports
    .map(({ IP, PublicPort, PrivatePort, Type }) => {
      const host = IP?.includes(':') ? `[${IP}]` : IP;
      return PublicPort === undefined
        ? `${PrivatePort}/${Type}`
        : `${host}:${PublicPort}->${PrivatePort}/${Type}`;
    })
    .join(', ');
}

function formatSize({ SizeRw = 0, SizeRootFs = 0 }: ContainerSummary): string {
  const own = decimalSize(SizeRw);
  return SizeRootFs > 0 ? `${own} (virtual ${decimalSize(SizeRootFs)})` : own;
}
