/** Commands of `ros service` that do something to the containers of services. */
import type { ContainerSummary } from '../../engine/api-types.ts';
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
import type { Machine } from './machine.ts';
import { followServices } from './service-logs.ts';
import { loadServices, requireNames, requireServices, serviceContainers } from './services.ts';

const MANY = Number.POSITIVE_INFINITY;
const USAGE = '[OPTIONS] SERVICE [SERVICE...]';
const TIMEOUT = {
  timeout: {
    kind: 'integer',
    short: 't',
    value: 'SECONDS',
    help: 'Time until they are killed; 10 if not given',
  },
} as const;
const DEFAULT_TIMEOUT = 10;

type Waves = readonly (readonly Stop[])[];

/** `ros service start` */
export function serviceStart(machine: Machine): Command {
  return defineCommand({
    summary: 'Start services whose containers are there',
    usage: USAGE,
    arguments: [0, MANY],
    flags: { foreground: { kind: 'boolean', help: 'Then show what they write' } },
    async run(context, { foreground }, names) {
      const waves = (await stopWaves(machine, context, names)).toReversed();
      const status = await forEachContainer(context, waves, (id) => context.client.startContainer(id));
      if (status === 0 && foreground) await followServices(machine, context, names);
      return status;
    },
  });
}

/** `ros service stop` */
export function serviceStop(machine: Machine): Command {
  return defineCommand({
    summary: 'Stop services, those first that others do not depend on',
    usage: USAGE,
    arguments: [0, MANY],
    flags: TIMEOUT,
    async run(context, { timeout: t = DEFAULT_TIMEOUT }, names) {
      const waves = await stopWaves(machine, context, names);
      return forEachContainer(context, waves, (id) => context.client.stopContainer(id, { t }));
    },
  });
}

/** `ros service restart` */
export function serviceRestart(machine: Machine): Command {
  return defineCommand({
    summary: 'Stop services and start them again, as they are; `up` takes changes over',
    usage: USAGE,
    arguments: [0, MANY],
    flags: TIMEOUT,
    async run(context, { timeout: t = DEFAULT_TIMEOUT }, names) {
      const waves = (await stopWaves(machine, context, names)).toReversed();
      return forEachContainer(context, waves, (id) => context.client.restartContainer(id, { t }));
    },
  });
}

/** `ros service kill` */
export function serviceKill(machine: Machine): Command {
  return defineCommand({
    summary: 'Send services a signal, SIGKILL if none is named',
    usage: USAGE,
    arguments: [0, MANY],
    flags: { signal: { kind: 'string', short: 's', help: 'Name or number of the signal' } },
    async run(context, { signal = 'SIGKILL' }, names) {
      const waves = await stopWaves(machine, context, names);
      return forEachContainer(context, waves, (id) => context.client.killContainer(id, { signal }));
    },
  });
}

/** `ros service rm` */
export function serviceRm(machine: Machine): Command {
  return defineCommand({
    summary: 'Remove the containers of services that do not run',
    usage: USAGE,
    arguments: [0, MANY],
    flags: {
      force: { kind: 'boolean', short: 'f', help: 'Without a question, and also those that run' },
      volumes: { kind: 'boolean', short: 'v', aliases: ['v'], help: 'With their anonymous volumes' },
    },
    async run(context, { force, volumes: v }, names) {
      const waves = await stopWaves(machine, context, names);
      if (!force && !(await confirms(context.console, waves))) return 1;
      return forEachContainer(context, waves, (id) => context.client.removeContainer(id, { v, force }));
    },
  });
}

/** `ros service down` */
export function serviceDown(machine: Machine): Command {
  return defineCommand({
    summary: 'Stop services and remove their containers; `up` makes them anew',
    usage: USAGE,
    arguments: [0, MANY],
    flags: TIMEOUT,
    async run(context, { timeout: t = DEFAULT_TIMEOUT }, names) {
      const { client } = context;
      const waves = await stopWaves(machine, context, names);
      return forEachContainer(context, waves, async (id) => {
        await client.stopContainer(id, { t });
        await client.removeContainer(id);
      });
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
