import { COMPOSE_LABEL, PROJECT } from '../../services/labels.ts';
import { defineCommand } from '../docker/command.ts';
import { alignColumns, ellipsis } from '../docker/table.ts';
import { outputFormat } from './format-flag.ts';

const COMMAND_WIDTH = 40;

/** `ros service ps` */
export const servicePs = defineCommand({
  summary: 'List the containers of the services',
  usage: '[OPTIONS]',
  arguments: [0, 0],
  flags: {
    quiet: { kind: 'boolean', short: 'q', help: 'Only the ids of the containers' },
    format: { kind: 'string', value: 'table|json', help: 'table if not given' },
  },
  examples: [['ps', 'those that do not run are volumes for others, or have done their work']],
  async run({ client, console }, { quiet, format }) {
    const isJson = outputFormat(format) === 'json';
    const filters = { label: [`${COMPOSE_LABEL.PROJECT}=${PROJECT}`] };
    const containers = await client.listContainers({ all: true, filters });
    const rows = containers
      .map(({ Id, Names, Command, Status, State }) => ({
        id: Id,
        state: State,
        cells: [Names[0]?.slice(1) ?? Id, ellipsis(Command, COMMAND_WIDTH), Status || State],
      }))
      .sort((a, b) => ((a.cells[0] ?? '') < (b.cells[0] ?? '') ? -1 : 1));
    if (quiet) console.out(rows.map(({ id }) => `${id}\n`).join(''));
    else if (isJson) {
      const entries = rows.map(({ id, state, cells: [name, command, status] }) => ({
        ...{ name, id, command, state, status },
      }));
      console.out(`${JSON.stringify(entries, null, 2)}\n`);
    } else console.out(alignColumns([['NAME', 'COMMAND', 'STATE'], ...rows.map(({ cells }) => cells)]));
    return 0;
  },
});
