import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../linux/bytes.ts';
import { bringUp, type StartClient } from './bring-up.ts';
import type { Dependency } from './graph.ts';
import type { ServiceStep } from './start-plan.ts';

/** An engine that notes what it is told; containers have the ids of their names. */
function engine(options: { broken?: readonly string[]; exits?: Record<string, Promise<number>> } = {}) {
  const calls: string[] = [];
  const client: StartClient = {
    async createContainer(_, name = '') {
      calls.push(`create ${name}`);
      if (options.broken?.includes(name)) throw new Error(`No such image: ${name}`);
      return { Id: name, Warnings: null };
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
  dependencies: Record<string, Dependency> = {},
  action: ServiceStep['action'] = { kind: 'create' },
): ServiceStep {
  return {
    name,
    containerName: name,
    request: {},
    action,
    start,
    dependencies: new Map(Object.entries(dependencies)),
  };
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
  const running = bringUp(client, { steps, problems: [] }, progress, () => 0);
  await new Promise(setImmediate);
  assert.equal(calls[0], 'create volumes');
  assert.deepEqual(calls.slice(1).sort(), ['create cold', 'create log', 'start cold', 'start log']);
  exit(0);
  assert.deepEqual(await running, []);
  assert.deepEqual(calls.slice(5), ['create udev', 'start udev']);
  assert.deepEqual(progress.lines, ['volumes created', 'log started', 'cold finished', 'udev started']);
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
  assert.deepEqual(await bringUp(client, { steps, problems: [] }, progress, () => 0), [
    'volumes',
    'web',
    'behind',
  ]);
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
  assert.deepEqual(
    await bringUp(client, { steps: [step('cold', 'until exit')], problems: [] }, progress, () => 0),
    ['cold'],
  );
  assert.deepEqual(progress.lines, ['cold failed: it exited with status 3 / one / two']);
});

test('bringUp() removes a container before it makes the one in its place, and starts one that it keeps', async () => {
  const { client, calls } = engine();
  const steps = [
    step('console', 'detached', {}, { kind: 'replace', id: 'old', reason: '' }),
    step('ntp', 'detached', {}, { kind: 'keep', id: 'kept' }),
  ];
  await bringUp(client, { steps, problems: [] }, record(), () => 0);
  assert.deepEqual(
    calls.filter((call) => call !== 'start kept'),
    ['remove old', 'create console', 'start console'],
  );
  assert.ok(calls.includes('start kept'));
});
