/** Commands that do one thing to each of several containers. */
import { defineCommand, forEachName } from './command.ts';
import type { FlagTable } from './flags.ts';

const MANY = Number.POSITIVE_INFINITY;
const CONTAINERS = 'CONTAINER [CONTAINER...]';

const STOP_FLAGS = {
  signal: { kind: 'string', short: 's', help: "Signal instead of the container's own stop signal" },
  timeout: {
    kind: 'integer',
    short: 't',
    aliases: ['time'],
    value: 'seconds',
    help: 'Time until it is killed; -1 for ever',
  },
} as const satisfies FlagTable;

function stopOptions(flags: { signal: string | undefined; timeout: number | undefined }) {
  return {
    ...(flags.signal === undefined ? {} : { signal: flags.signal }),
    ...(flags.timeout === undefined ? {} : { t: flags.timeout }),
  };
}

export const stopCommand = defineCommand({
  summary: 'Stop containers',
  usage: `[OPTIONS] ${CONTAINERS}`,
  arguments: [1, MANY],
  flags: STOP_FLAGS,
  run: (context, flags, names) =>
    forEachName(context, names, (name) => context.client.stopContainer(name, stopOptions(flags))),
});

export const restartCommand = defineCommand({
  summary: 'Stop containers and start them again',
  usage: `[OPTIONS] ${CONTAINERS}`,
  arguments: [1, MANY],
  flags: STOP_FLAGS,
  run: (context, flags, names) =>
    forEachName(context, names, (name) => context.client.restartContainer(name, stopOptions(flags))),
});

export const killCommand = defineCommand({
  summary: 'Send containers a signal, SIGKILL if none is named',
  usage: `[OPTIONS] ${CONTAINERS}`,
  arguments: [1, MANY],
  flags: { signal: { kind: 'string', short: 's', help: 'Name or number of the signal' } },
  run: (context, { signal }, names) =>
    forEachName(context, names, (name) =>
      context.client.killContainer(name, signal === undefined ? {} : { signal }),
    ),
});

export const rmCommand = defineCommand({
  summary: 'Remove containers',
  usage: `[OPTIONS] ${CONTAINERS}`,
  arguments: [1, MANY],
  flags: {
    force: { kind: 'boolean', short: 'f', help: 'Also if it runs: kill it' },
    volumes: { kind: 'boolean', short: 'v', help: 'With its anonymous volumes' },
  },
  run: (context, flags, names) =>
    forEachName(context, names, (name) =>
      context.client.removeContainer(name, { force: flags.force, v: flags.volumes }),
    ),
});

export const pauseCommand = defineCommand({
  summary: 'Freeze containers',
  usage: CONTAINERS,
  arguments: [1, MANY],
  flags: {},
  run: (context, _, names) => forEachName(context, names, (name) => context.client.pauseContainer(name)),
});

export const unpauseCommand = defineCommand({
  summary: 'Let frozen containers go on',
  usage: CONTAINERS,
  arguments: [1, MANY],
  flags: {},
  run: (context, _, names) => forEachName(context, names, (name) => context.client.unpauseContainer(name)),
});

export const renameCommand = defineCommand({
  summary: 'Give a container another name',
  usage: 'CONTAINER NAME',
  arguments: [2, 2],
  flags: {},
  async run({ client }, _, [container = '', name = '']) {
    await client.renameContainer(container, name);
    return 0;
  },
});

export const waitCommand = defineCommand({
  summary: 'Wait until containers end and print their exit codes',
  usage: CONTAINERS,
  arguments: [1, MANY],
  flags: {},
  async run(context, _, names) {
    const { client, console } = context;
    const pending = await Promise.all(names.map((name) => client.waitContainer(name)));
    for (const { result } of pending) console.out(`${(await result).StatusCode}\n`);
    return 0;
  },
});
