import { monotonicMilliseconds } from '../../linux/clock.ts';
import { bringUp } from '../../services/bring-up.ts';
import { imageBuilder } from '../../services/build-image.ts';
import { predecessorsOf } from '../../services/graph.ts';
import { registryAuth } from '../../services/pull-image.ts';
import { planStart, type Recreate, type StartPlan } from '../../services/start-plan.ts';
import { takeInventory } from '../../services/sysinit.ts';
import { type Command, CommandFailure, type Context, defineCommand } from '../docker/command.ts';
import { type FlagValues, UsageError } from '../docker/flags.ts';
import type { Machine } from './machine.ts';
import { followServices } from './service-logs.ts';
import { loadServices, requireServices } from './services.ts';

const MANY = Number.POSITIVE_INFINITY;

const RECREATE_FLAGS = {
  'no-recreate': { kind: 'boolean', help: 'Keep containers as they are' },
  'force-recreate': {
    kind: 'boolean',
    help: 'Make the containers of the named services anew, changed or not',
  },
  'no-build': { kind: 'boolean', help: 'Do not build images that are not there' },
} as const;

/** `ros service up` */
export function serviceUp(machine: Machine): Command {
  return defineCommand({
    summary: 'Create and start services, and anew those whose definition or image has changed',
    usage: '[OPTIONS] [SERVICE...]',
    arguments: [0, MANY],
    flags: {
      foreground: { kind: 'boolean', help: 'Then show what they write' },
      ...RECREATE_FLAGS,
    },
    examples: [
      ['up', 'what the configuration says'],
      ['up web', 'one service, and what it needs'],
    ],
    async run(context, flags, names) {
      const isSuccess = await up(machine, context, names, flags, (plan) => plan);
      if (isSuccess && flags.foreground) await followServices(machine, context, names);
      return isSuccess ? 0 : 1;
    },
  });
}

/** `ros service create` */
export function serviceCreate(machine: Machine): Command {
  return defineCommand({
    summary: 'Create the containers of services, without starting them',
    usage: '[OPTIONS] [SERVICE...]',
    arguments: [0, MANY],
    flags: RECREATE_FLAGS,
    async run(context, flags, names) {
      const created = (plan: StartPlan): StartPlan => ({
        ...plan,
        steps: plan.steps.map((step) => ({ ...step, start: 'no' })),
      });
      return (await up(machine, context, names, flags, created)) ? 0 : 1;
    },
  });
}

type UpFlags = FlagValues<typeof RECREATE_FLAGS>;

function recreate(flags: UpFlags): Recreate {
  if (flags['no-recreate'] && flags['force-recreate']) {
    throw new UsageError('--no-recreate and --force-recreate exclude each other');
  }
  return flags['no-recreate'] ? 'never' : flags['force-recreate'] ? 'always' : 'changed';
}

/** Returns whether everything worked. */
async function up(
  machine: Machine,
  { client, console }: Context,
  names: readonly string[],
  flags: UpFlags,
  change: (plan: StartPlan) => StartPlan,
): Promise<boolean> {
  const policy = recreate(flags);
  const { config, project } = await loadServices(machine, console, 'if absent');
  requireServices(project, names);
  const inventory = await takeInventory(client);
  const plan = planStart(project, inventory, () => host.sha256(), { names, policy });
  for (const problem of plan.problems) console.err(`warning: ${problem}\n`);
  const there = new Map(inventory.containers.map(({ Id, State, Status }) => [Id, { State, Status }]));
  const isDone = (name: string, id: string) => {
    const { State, Status = '' } = there.get(id) ?? {};
    return State === 'running' || (!names.includes(name) && Status.startsWith('Exited (0)'));
  };
  const { failed } = await bringUp(change(onlyNeeded(plan, names, isDone)), {
    client,
    now: monotonicMilliseconds,
    registryAuth: (image) => registryAuth(config, image),
    ...(flags['no-build'] ? {} : { build: imageBuilder(client, config, console.out) }),
    progress: {
      done: (service, what, milliseconds) =>
        console.out(`${service}: ${what} (${(milliseconds / 1000).toFixed(2)} s)\n`),
      failed: (service, why, lines) =>
        console.err([`${service}: ${why}`, ...lines.map((line) => `  ${line}`)].join('\n').concat('\n')),
    },
  });
  if (failed.length > 0) throw new CommandFailure(`${failed.join(', ')} could not be brought up`);
  return true;
}

/**
 * The named services (all, if none is named) and what they depend on, without what is as it shall be: a container that
 * is kept and runs, or has done its work.
 */
function onlyNeeded(
  plan: StartPlan,
  names: readonly string[],
  isDone: (name: string, id: string) => boolean,
): StartPlan {
  const dependencies = new Map(plan.steps.map((step) => [step.name, step.dependencies]));
  const wanted = new Set(
    names.length === 0
      ? dependencies.keys()
      : names.flatMap((name) => [...predecessorsOf(name, dependencies)]),
  );
  const steps = plan.steps.filter(
    ({ name, action, start }) =>
      wanted.has(name) && !(action.kind === 'keep' && (start === 'no' || isDone(name, action.id))),
  );
  const left = new Set(steps.map(({ name }) => name));
  return {
    problems: plan.problems,
    steps: steps.map((step) => ({
      ...step,
      dependencies: new Map([...step.dependencies].filter(([name]) => left.has(name))),
    })),
  };
}
