/** Commands of `ros service` that do something to the containers of services. */
import type { ContainerSummary } from '../../engine/api-types.ts';
import type { EngineClient } from '../../engine/client.ts';
import { decodeUtf8 } from '../../linux/bytes.ts';
import { buildGraph } from '../../services/graph.ts';
import { planStop, type Stop } from '../../services/stop-plan.ts';
import {
  type Command,
  CommandFailure,
  type Context,
  defineCommand,
  describeFailure,
} from '../docker/command.ts';
import type { Console } from '../docker/console.ts';
import type { FlagTable, FlagValues } from '../docker/flags.ts';
import type { Machine } from './machine.ts';
import { followServices } from './service-logs.ts';
import { loadServices, requireNames, requireServices, serviceContainers } from './services.ts';

const TIMEOUT = {
  timeout: {
    kind: 'integer',
    short: 't',
    value: 'SECONDS',
    help: 'Time until they are killed; 10 if not given',
  },
} as const satisfies FlagTable;
const DEFAULT_TIMEOUT = 10;

type Waves = readonly (readonly Stop[])[];

interface Action<Table extends FlagTable> {
  readonly summary: string;
  readonly flags: Table;
  /** Those come first that others depend on, as at a start; else last. */
  readonly isStart?: true;
  /** Asked before anything is done. */
  readonly confirms?: (console: Console, flags: FlagValues<Table>, waves: Waves) => Promise<boolean>;
  /** What is done to each container. */
  readonly act: (client: EngineClient, id: string, flags: FlagValues<Table>) => Promise<unknown>;
  /** What follows when all of it has worked. */
  readonly afterwards?: (
    context: Context,
    flags: FlagValues<Table>,
    names: readonly string[],
  ) => Promise<void>;
}

/** `ros service start`, `stop`, `restart`, `kill`, `rm` and `down`, by their names. */
export function serviceContainerCommands(machine: Machine) {
  const command = <const Table extends FlagTable>(action: Action<Table>) => containerCommand(machine, action);
  return {
    start: command({
      summary: 'Start services whose containers are there',
      flags: { foreground: { kind: 'boolean', help: 'Then show what they write' } },
      isStart: true,
      act: (client, id) => client.startContainer(id),
      afterwards: async (context, { foreground }, names) => {
        if (foreground) await followServices(machine, context, names);
      },
    }),
    stop: command({
      summary: 'Stop services, those first that others do not depend on',
      flags: TIMEOUT,
      act: (client, id, { timeout: t = DEFAULT_TIMEOUT }) => client.stopContainer(id, { t }),
    }),
    restart: command({
      summary: 'Stop services and start them again, as they are; `up` takes changes over',
      flags: TIMEOUT,
      isStart: true,
      act: (client, id, { timeout: t = DEFAULT_TIMEOUT }) => client.restartContainer(id, { t }),
    }),
    kill: command({
      summary: 'Send services a signal, SIGKILL if none is named',
      flags: { signal: { kind: 'string', short: 's', help: 'Name or number of the signal' } },
      act: (client, id, { signal = 'SIGKILL' }) => client.killContainer(id, { signal }),
    }),
    rm: command({
      summary: 'Remove the containers of services that do not run',
      flags: {
        force: { kind: 'boolean', short: 'f', help: 'Without a question, and also those that run' },
        volumes: { kind: 'boolean', short: 'v', aliases: ['v'], help: 'With their anonymous volumes' },
      },
      confirms: async (console, { force }, waves) => force || (await confirms(console, waves)),
      act: (client, id, { volumes: v, force }) => client.removeContainer(id, { v, force }),
    }),
    down: command({
      summary: 'Stop services and remove their containers; `up` makes them anew',
      flags: TIMEOUT,
      act: async (client, id, { timeout: t = DEFAULT_TIMEOUT }) => {
        await client.stopContainer(id, { t });
        await client.removeContainer(id);
      },
    }),
  };
}

function containerCommand<const Table extends FlagTable>(
  machine: Machine,
  { summary, flags, isStart, confirms, act, afterwards }: Action<Table>,
): Command {
  return defineCommand({
    summary,
    usage: '[OPTIONS] SERVICE [SERVICE...]',
    arguments: [0, Number.POSITIVE_INFINITY],
    flags,
    async run(context, values, names) {
      const stops = await stopWaves(machine, context, names);
      const waves = isStart ? stops.toReversed() : stops;
      if (confirms !== undefined && !(await confirms(context.console, values, waves))) return 1;
      const status = await forEachContainer(context, waves, (id) => act(context.client, id, values));
      if (status === 0) await afterwards?.(context, values, names);
      return status;
    },
  });
}

/** The containers of the named services in the order in which they are stopped. */
async function stopWaves(
  machine: Machine,
  { client, console }: Context,
  names: readonly string[],
): Promise<Waves> {
  requireNames(names);
  const containers = await serviceContainers(client);
  const { project } = await loadServices(machine, console, 'never');
  // A container may have outlived the definition of its service.
  requireServices(
    project,
    names.filter((name) => !containers.has(name)),
  );
  const chosen = names.map((name): ContainerSummary => {
    const container = containers.get(name);
    if (container === undefined) {
      throw new CommandFailure(`${name} has no container; \`ros service up ${name}\` makes it`);
    }
    return container;
  });
  return planStop(buildGraph(project.services), chosen);
}

/** Wave after wave, the containers of each at the same time. Prints the name of each. Returns the exit code. */
async function forEachContainer(
  context: Context,
  waves: Waves,
  action: (id: string) => Promise<unknown>,
): Promise<number> {
  let status = 0;
  const run = async ({ id, name }: Stop) => {
    try {
      await action(id);
      context.console.out(`${name}\n`);
    } catch (error) {
      context.console.err(`${name}: ${describeFailure(error, context)}\n`);
      status = 1;
    }
  };
  for (const wave of waves) await Promise.all(wave.map(run));
  return status;
}

async function confirms(console: Console, waves: Waves): Promise<boolean> {
  const names = waves.flat().map(({ name }) => name);
  console.err(`Going to remove ${names.join(', ')}\nAre you sure? [yN] `);
  const answer = await console.openInput().read();
  return answer !== null && /^\s*y/i.test(decodeUtf8(answer));
}
