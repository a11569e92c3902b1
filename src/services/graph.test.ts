import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceDefinition } from '../config/schema.ts';
import { buildGraph, dependentsOf, startWaves } from './graph.ts';
import { parseProject } from './project.ts';

const system = (labels: Record<string, string> = {}) => ({ 'io.rancher.os.scope': 'system', ...labels });
const after = (names: string) => ({ image: 'x', labels: system({ 'io.rancher.os.after': names }) });
const from = (...names: string[]) => ({ image: 'x', labels: system(), volumes_from: names });

const needs = { kind: 'needs', conditions: ['ready'] };

function graph(services: Record<string, ServiceDefinition>) {
  return buildGraph(parseProject({ rancher: { services } }).services);
}

test('startWaves() puts services behind those that their labels name', () => {
  const services = {
    console: after('network, udev'),
    network: after('udev'),
    udev: { image: 'x', labels: system() },
    early: { image: 'x', labels: system({ 'io.rancher.os.before': 'udev' }) },
  };
  assert.deepEqual(startWaves(graph(services)), [['early'], ['udev'], ['network'], ['console']]);
});

test('startWaves() puts services behind those whose containers they use', () => {
  const services = {
    web: { image: 'x', labels: system(), links: ['db'], net: 'container:gate' },
    db: from('data:ro'),
    data: { image: 'x', labels: system() },
    gate: { image: 'x', labels: system() },
  };
  const { dependencies } = graph(services);
  assert.deepEqual(
    [...(dependencies.get('web') ?? [])],
    [
      ['db', needs],
      ['gate', needs],
    ],
  );
  assert.deepEqual(startWaves({ dependencies, problems: [] }), [['data', 'gate'], ['db'], ['web']]);
});

test('a service that logs to syslog comes after it', () => {
  const { dependencies } = graph({
    web: { image: 'x', labels: system(), log_driver: 'syslog' },
    syslog: { image: 'x', labels: system() },
  });
  assert.deepEqual(
    [...(dependencies.get('web') ?? [])],
    [['syslog', { kind: 'after', conditions: ['ready'] }]],
  );
});

test('services that do not exist are no dependencies, and cloud-init is cloud-init-execute', () => {
  const { dependencies, problems } = graph({
    a: after('nobody,cloud-init'),
    'cloud-init-execute': { image: 'x', labels: system() },
    b: from('outside'),
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [...(dependencies.get('a') ?? [])],
    [['cloud-init-execute', { kind: 'after', conditions: ['ready'] }]],
  );
  assert.deepEqual([...(dependencies.get('b') ?? [])], []);
});

test('a circle of labels is named member by member, and its services start nevertheless', () => {
  const { dependencies, problems } = graph({ a: after('b'), b: after('c'), c: after('a'), d: after('a') });
  assert.deepEqual(problems, ['services wait for each other: a → b → c → a; this order is ignored']);
  assert.deepEqual(startWaves({ dependencies, problems }), [['a', 'b', 'c'], ['d']]);
});

test('a circle keeps the dependencies without which it cannot be', () => {
  const { dependencies, problems } = graph({ a: from('b'), b: after('a') });
  assert.equal(problems.length, 1);
  assert.deepEqual(startWaves({ dependencies, problems }), [['b'], ['a']]);
});

test('services that need each other are taken out', () => {
  const { dependencies, problems } = graph({ a: from('b'), b: from('a'), c: from('a'), self: from('self') });
  assert.deepEqual(problems, [
    'services need each other: a → b → a; they are ignored',
    'services need each other: self → self; they are ignored',
  ]);
  assert.deepEqual(startWaves({ dependencies, problems }), [['c']]);
});

test('dependentsOf() follows dependencies to the end', () => {
  const found = dependentsOf(graph({ a: after(''), b: after('a'), c: from('b'), d: after('') }), 'a');
  assert.deepEqual([...found].sort(), ['a', 'b', 'c']);
});

test('parseProject() leaves out what it cannot use, with a line for each', () => {
  const { services, problems } = parseProject({
    rancher: {
      services: {
        good: { image: 'x', labels: system(), port: 80 },
        bad: { image: 'x', tty: 'maybe', labels: system() },
        mine: { image: 'x' },
      },
    },
  });
  assert.deepEqual(
    services.map(({ name }) => name),
    ['good'],
  );
  assert.deepEqual(problems, [
    'rancher.services.good.port: unknown key, ignored; did you mean ports?',
    'rancher.services.bad.tty: expected true or false, got "maybe"; the service is ignored',
    'rancher.services.mine: services of User Docker are not supported yet, ignored',
  ]);
});

test('a label may ask for health, and depends_on needs what it names', () => {
  const { dependencies } = graph({
    net: { image: 'x', labels: system() },
    db: { image: 'x', labels: system() },
    a: { ...after('net:healthy'), depends_on: { db: { condition: 'service_completed_successfully' } } },
    b: { image: 'x', labels: system(), depends_on: ['a'], volumes_from: ['a'] },
    c: { image: 'x', labels: system(), depends_on: { gone: { required: false }, db: { required: false } } },
  });
  assert.deepEqual(Object.fromEntries(dependencies.get('a') ?? []), {
    db: { kind: 'needs', conditions: ['completed'] },
    net: { kind: 'after', conditions: ['healthy'] },
  });
  assert.deepEqual(
    [...(dependencies.get('b') ?? [])],
    [['a', { kind: 'needs', conditions: ['ready', 'started'] }]],
  );
  assert.deepEqual([...(dependencies.get('c') ?? [])], [['db', { kind: 'after', conditions: ['started'] }]]);
});

test('parseProject() leaves out what is switched off, and profiles that are not active', () => {
  const services = {
    on: { image: 'x', labels: system() },
    off: { image: 'x', labels: system() },
    debug: { image: 'x', labels: system(), profiles: ['debug'] },
    trace: { image: 'x', labels: system(), profiles: ['trace'] },
  };
  const environment = { COMPOSE_PROFILES: 'debug' };
  const project = parseProject({ rancher: { services, environment, services_include: { off: false } } });
  assert.deepEqual(
    project.services.map(({ name }) => name),
    ['on', 'debug'],
  );
  assert.deepEqual(project.problems, []);
});
