/** `logs` and `top`: what a container has said and what runs in it. */
import { defineCommand } from './command.ts';
import { alignColumns } from './table.ts';
import { parseTimestamp } from './timestamps.ts';

export const logsCommand = defineCommand({
  summary: 'Show the output of a container',
  usage: '[OPTIONS] CONTAINER',
  arguments: [1, 1],
  flags: {
    follow: { kind: 'boolean', short: 'f', help: 'Go on with what comes' },
    since: { kind: 'string', value: 'time', help: 'From a time on: 10m ago, or 2026-11-23T07:01:14Z' },
    tail: { kind: 'string', short: 'n', value: 'lines', help: 'Only the last lines' },
    timestamps: { kind: 'boolean', short: 't', help: 'Put the time before each line' },
    until: { kind: 'string', value: 'time', help: 'Up to a time' },
  },
  async run({ client, console }, flags, [container = '']) {
    const now = Date.now();
    const output = await client.containerLogs(container, {
      stdout: true,
      stderr: true,
      follow: flags.follow,
      timestamps: flags.timestamps,
      tail: flags.tail ?? 'all',
      ...(flags.since === undefined ? {} : { since: parseTimestamp(flags.since, now) }),
      ...(flags.until === undefined ? {} : { until: parseTimestamp(flags.until, now) }),
    });
    for (let piece = await output.read(); piece !== null; piece = await output.read()) {
      if (piece.name === 'stdout') console.out(piece.data);
      else console.err(piece.data);
    }
    return 0;
  },
});

/** `top` has wider columns than other tables. */
const TOP_WIDTH = 20;

export const topCommand = defineCommand({
  summary: 'Show the processes of a container',
  usage: 'CONTAINER [ps OPTIONS]',
  arguments: [1, Number.POSITIVE_INFINITY],
  stopsAtArgument: true,
  flags: {},
  async run({ client, console }, _, [container = '', ...psArguments]) {
    const { Titles, Processes } = await client.top(container, psArguments.join(' ') || undefined);
    console.out(alignColumns([Titles, ...Processes], TOP_WIDTH));
    return 0;
  },
});
