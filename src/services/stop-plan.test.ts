import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Config } from '../config/schema.ts';
import { parseYaml } from '../config/yaml.ts';
import type { ContainerSummary } from '../engine/api-types.ts';
import { buildGraph } from './graph.ts';
import { parseProject } from './project.ts';
import { shutDown } from './shut-down.ts';
import { planStop } from './stop-plan.ts';

const file = 'os/os-config.yml';
const os = parseYaml(readFileSync(file, 'utf8'), file) as Config;
const labels = (after: string) => ({ 'io.rancher.os.scope': 'system', 'io.rancher.os.after': after });
const services = {
  ...os.rancher?.services,
  docker: { image: 'x', labels: labels('console') },
  agent: { image: 'x', labels: labels('docker') },
};
const graph = buildGraph(parseProject({ rancher: { services, environment: { VERSION: '1' } } }).services);

function running(name: string, isService = true): ContainerSummary {
  return {
    Id: `id-${name}`,
    Names: [`/${name}`],
    Image: 'x',
    ImageID: '',
    Command: '',
    Created: 0,
    Ports: null,
    Labels: isService ? { 'com.docker.compose.project': 'os', 'com.docker.compose.service': name } : null,
    State: 'running',
    Status: 'Up',
  };
}

test('planStop() stops people’s containers, then what is above the console, the console, and the rest', () => {
  const containers = [
    running('udev'),
    running('network'),
    running('ntp'),
    running('syslog'),
    running('acpid'),
    running('console'),
    running('docker'),
    running('agent'),
    running('mine', false),
  ];
  const waves = planStop(graph, containers).map((wave) => wave.map(({ name }) => name));
  assert.deepEqual(waves, [
    ['mine'],
    ['agent'],
    ['docker'],
    ['console'],
    ['ntp'],
    ['network'],
    ['udev', 'acpid'],
    ['syslog'],
  ]);
});

test('planStop() does not take a container for a service because of its name', () => {
  const waves = planStop(graph, [running('network', false), running('network')]);
  assert.deepEqual(
    waves.map((wave) => wave.map(({ id }) => id)),
    [['id-network'], ['id-network']],
  );
});

test('shutDown() goes wave by wave, reports what cannot be stopped, and keeps to its time', async () => {
  const calls: string[] = [];
  const lines: string[] = [];
  let time = 0;
  const client = {
    async stopContainer(id: string, options: { t?: number; 'with-machine'?: boolean } = {}) {
      assert.ok(options['with-machine']);
      calls.push(`${id} ${options.t}`);
      time += 8;
      if (id === 'b') throw new Error('no');
      return true;
    },
  };
  const stop = (name: string) => ({ id: name, name });
  await shutDown(client, [[stop('a')], [stop('b')], [stop('c')]], {
    stopTimeout: 10,
    totalTimeout: 20,
    now: () => time,
    report: (line) => lines.push(line),
  });
  assert.deepEqual(calls, ['a 10', 'b 10', 'c 4']);
  assert.deepEqual(lines, ['stopped a', 'b cannot be stopped: no', 'stopped c']);
});
