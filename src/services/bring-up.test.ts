import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../linux/bytes.ts';
import { bringUp, type Progress, type StartClient } from './bring-up.ts';
import type { Condition } from './compose-depends.ts';
import type { Dependency } from './graph.ts';
import type { ServiceStep } from './start-plan.ts';

/** An engine that notes what it is told; containers have the ids of their names. */
function engine(
  options: {
    broken?: readonly string[];
    exits?: Record<string, Promise<number>>;
    health?: Record<string, { Status: string; changed: Promise<unknown> }>;
  } = {},
) {
  const calls: string[] = [];
  const client: StartClient = {
    async createContainer(_, name = '') {
      calls.push(`create ${name}`);
      if (options.broken?.includes(name)) throw new Error(`No such image: ${name}`);
      return { Id: name, Warnings: null };
    },
    async putArchive(id, path) {
      calls.push(`archive ${id}:${path}`);
    },
    async removeContainer(id) {
      calls.push(`remove ${id}`);
    },
    async startContainer(id) {
      calls.push(`start ${id}`);
      return true;
    },
    async waitContainer(id) {
      const exit = options.exits?.[id] ?? Promise.resolve(0);
      return { result: exit.then((StatusCode) => ({ StatusCode })), close() {} };
    },
    async pullImage(name) {
      calls.push(`pull ${name}`);
      return { read: async () => null, close() {} };
    },
    async createNetwork({ Name }) {
      calls.push(`network ${Name}`);
      return { Id: Name };
    },
    async inspectContainer(id) {
      const Health = options.health?.[id];
      const State = { Running: true, Restarting: false, ExitCode: 0, ...(Health && { Health }) };
      return { State } as unknown as Awaited<ReturnType<StartClient['inspectContainer']>>;
    },
    async events({ filters } = {}) {
      const [id = ''] = filters?.['container'] ?? [];
      return {
        async read() {
          await options.health?.[id]?.changed;
          return {} as NonNullable<Awaited<ReturnType<Awaited<ReturnType<StartClient['events']>>['read']>>>;
        },
        close() {},
      };
    },
    async containerLogs() {
      const pieces = [{ name: 'stdout' as const, data: encodeUtf8('one\ntwo\n') }];
      return { read: async () => pieces.shift() ?? null, close() {} };
    },
  };
  return { client, calls };
}

function step(
  name: string,
  start: ServiceStep['start'],
  dependencies: Record<string, `${Dependency['kind']}${'' | `:${Condition}`}`> = {},
  action: ServiceStep['action'] = { kind: 'create' },
  more: Partial<ServiceStep> = {},
): ServiceStep {
  const edges = Object.entries(dependencies).map(([other, written]): [string, Dependency] => {
    const [kind, condition = 'ready'] = written.split(':') as [Dependency['kind'], Condition?];
    return [other, { kind, conditions: [condition] }];
  });
  return {
    name,
    containerName: name,
    request: {},
    action,
    start,
    dependencies: new Map(edges),
    awaited: [],
    reloadsConfig: false,
    isImageAbsent: false,
    missingNetworks: [],
    files: [],
    ...more,
  };
}

/** Runs a plan and returns the names of what failed. */
async function run(
  client: StartClient,
  steps: ServiceStep[],
  progress: Progress,
  replan?: () => ServiceStep[],
) {
  const options = {
    client,
    progress,
    now: () => 0,
    ...(replan && { replan: async () => ({ steps: replan(), problems: [] }) }),
  };
  return (await bringUp({ steps, problems: [] }, options)).failed;
}

function record() {
  const lines: string[] = [];
  return {
    lines,
    done: (service: string, what: string) => lines.push(`${service} ${what}`),
    failed: (service: string, why: string, last: readonly string[]) =>
      lines.push(`${service} failed: ${[why, ...last].join(' / ')}`),
  };
}

test('bringUp() starts a service when those before it are there, and others meanwhile', async () => {
  let exit = (_: number) => {};
  const { client, calls } = engine({ exits: { cold: new Promise((resolve) => (exit = resolve)) } });
  const progress = record();
  const steps = [
    step('volumes', 'no'),
    step('cold', 'until exit', { volumes: 'needs' }),
    step('log', 'detached', { volumes: 'needs' }),
    step('udev', 'detached', { cold: 'after' }),
  ];
  const running = run(client, steps, progress);
  await new Promise(setImmediate);
  assert.equal(calls[0], 'create volumes');
  assert.deepEqual(calls.slice(1).sort(), ['create cold', 'create log', 'start cold', 'start log']);
  exit(0);
  assert.deepEqual(await running, []);
  assert.deepEqual(calls.slice(5), ['create udev', 'start udev']);
  assert.deepEqual(progress.lines, ['volumes created', 'log started', 'cold finished', 'udev started']);
});

test('bringUp() makes the urgent service and those before it first, and others while it waits', async () => {
  let exit = (_: number) => {};
  const { client, calls } = engine({ exits: { early: new Promise((resolve) => (exit = resolve)) } });
  const steps = [
    step('log', 'detached'),
    step('early', 'until exit'),
    step('volumes', 'no'),
    step('console', 'detached', { volumes: 'needs', early: 'after' }),
  ];
  const running = bringUp(
    { steps, problems: [] },
    { client, progress: record(), now: () => 0, urgent: 'console' },
  );
  await new Promise(setImmediate);
  const early = ['create early', 'create volumes', 'start early'];
  assert.deepEqual(calls.toSorted(), [...early, 'create log', 'start log'].toSorted());
  assert.deepEqual(calls.slice(0, 3).toSorted(), early);
  exit(0);
  await running;
  assert.deepEqual(calls.slice(5), ['create console', 'start console']);
});

test('bringUp() goes on without the urgent service if that fails', async () => {
  const { client, calls } = engine({ broken: ['console'] });
  const progress = record();
  const steps = [step('log', 'detached'), step('console', 'detached')];
  await bringUp({ steps, problems: [] }, { client, progress, now: () => 0, urgent: 'console' });
  assert.deepEqual(calls, ['create console', 'create log', 'start log']);
  assert.deepEqual(progress.lines, ['console failed: No such image: console', 'log started']);
});

test('bringUp() goes on after a failure, but not with the services that need the failed one', async () => {
  const { client, calls } = engine({ broken: ['volumes'] });
  const progress = record();
  const steps = [
    step('volumes', 'no'),
    step('web', 'detached', { volumes: 'needs' }),
    step('behind', 'detached', { web: 'needs' }),
    step('later', 'detached', { volumes: 'after' }),
  ];
  assert.deepEqual(await run(client, steps, progress), ['volumes', 'web', 'behind']);
  assert.deepEqual(calls, ['create volumes', 'create later', 'start later']);
  assert.deepEqual(progress.lines, [
    'volumes failed: No such image: volumes',
    'web failed: it needs volumes',
    'behind failed: it needs web',
    'later started',
  ]);
});

test('bringUp() shows the last lines of a service that ends with an error', async () => {
  const { client } = engine({ exits: { cold: Promise.resolve(3) } });
  const progress = record();
  assert.deepEqual(await run(client, [step('cold', 'until exit')], progress), ['cold']);
  assert.deepEqual(progress.lines, ['cold failed: it exited with status 3 / one / two']);
});

test('bringUp() removes a container before it makes the one in its place, and starts one that it keeps', async () => {
  const { client, calls } = engine();
  const steps = [
    step('console', 'detached', {}, { kind: 'replace', id: 'old', reason: '' }),
    step('ntp', 'detached', {}, { kind: 'keep', id: 'kept' }),
  ];
  await run(client, steps, record());
  assert.deepEqual(
    calls.filter((call) => call !== 'start kept'),
    ['remove old', 'create console', 'start console'],
  );
  assert.ok(calls.includes('start kept'));
});

test('bringUp() waits for health and for the exit of what runs beside others, if a service wants it', async () => {
  let becomeHealthy = () => {};
  const web = { Status: 'starting', changed: new Promise<void>((resolve) => (becomeHealthy = resolve)) };
  let exit = (_: number) => {};
  const { client, calls } = engine({
    health: { web },
    exits: { job: new Promise((resolve) => (exit = resolve)) },
  });
  const progress = record();
  const running = run(
    client,
    [
      step('web', 'detached', {}, undefined, { awaited: ['healthy', 'ready'] }),
      step('job', 'detached', {}, undefined, { awaited: ['completed'] }),
      step('early', 'detached', { web: 'after' }),
      step('late', 'detached', { web: 'needs:healthy', job: 'needs:completed' }),
    ],
    progress,
  );
  await new Promise(setImmediate);
  assert.ok(calls.includes('start early'));
  assert.ok(!calls.includes('create late'));
  web.Status = 'healthy';
  becomeHealthy();
  await new Promise(setImmediate);
  assert.ok(!calls.includes('create late'));
  exit(0);
  assert.deepEqual(await running, []);
  assert.ok(calls.includes('start late'));
  assert.ok(progress.lines.includes('web healthy'));
});

test('bringUp() does not start what needs the health of a sick service', async () => {
  const { client, calls } = engine({ health: { web: { Status: 'unhealthy', changed: Promise.resolve() } } });
  const progress = record();
  const steps = [
    step('web', 'detached', {}, undefined, { awaited: ['healthy'] }),
    step('late', 'detached', { web: 'needs:healthy' }),
    step('hopeful', 'detached', { web: 'after:healthy' }),
  ];
  assert.deepEqual(await run(client, steps, progress), ['web', 'late']);
  assert.ok(!calls.includes('create late'));
  assert.ok(calls.includes('start hopeful'));
  assert.ok(progress.lines.includes('web failed: its health check fails / one / two'));
});

test('bringUp() follows a new plan after a service that reloads the configuration', async () => {
  const { client, calls } = engine();
  const network = step('network', 'detached', {}, undefined, { reloadsConfig: true });
  const steps = [
    network,
    step('old', 'detached', { network: 'after' }),
    step('ntp', 'detached', { network: 'after' }),
  ];
  const replan = () => [
    network,
    step('ntp', 'detached', { network: 'after', added: 'after' }),
    step('added', 'detached', { network: 'after' }, undefined, { missingNetworks: ['front'] }),
  ];
  assert.deepEqual(await run(client, steps, record(), replan), []);
  assert.deepEqual(calls, [
    ...['create network', 'start network', 'network front', 'create added', 'start added'],
    ...['create ntp', 'start ntp'],
  ]);
});
