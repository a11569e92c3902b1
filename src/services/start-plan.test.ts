import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Config, ServiceDefinition } from '../config/schema.ts';
import { parseYaml } from '../config/yaml.ts';
import type { ContainerSummary } from '../engine/api-types.ts';
import { type Project, parseProject } from './project.ts';
import { formatPlan, type Inventory, planStart } from './start-plan.ts';

const newSha256 = () => {
  const hash = createHash('sha256');
  return {
    update: (bytes: Uint8Array) => void hash.update(bytes),
    digest: () => new Uint8Array(hash.digest()),
  };
};

const images = [
  { Id: 'sha256:1', RepoTags: ['x:latest'], RepoDigests: null, Created: 0, Size: 0, Labels: null },
];

function plan(services: Record<string, ServiceDefinition>, containers: ContainerSummary[] = []) {
  const inventory: Inventory = { containers, images, networks: [] };
  return planStart(parseProject({ rancher: { services } }), inventory, newSha256);
}

const labelled = (labels: Record<string, string>) => ({ 'io.rancher.os.scope': 'system', ...labels });

test('the services of os-config.yml start in this order', () => {
  const file = 'os/os-config.yml';
  const config = parseYaml(readFileSync(file, 'utf8'), file) as Config;
  const environment = { VERSION: '1' };
  const project = parseProject({ ...config, rancher: { ...config.rancher, environment } });
  const result = planStart(
    project,
    { containers: [], images: systemImages(project), networks: [] },
    newSha256,
  );
  assert.deepEqual(result.problems, []);
  const volumes = 'needs command-volumes, needs system-volumes';
  assert.deepEqual(formatPlan(result), [
    'command-volumes: create',
    'system-volumes: create',
    'container-data-volumes: create',
    'user-volumes: create',
    'media-volumes: create',
    'all-volumes: create; needs command-volumes, needs container-data-volumes, needs media-volumes, needs system-volumes, needs user-volumes',
    `udev-cold: create, start and wait for its exit; ${volumes}`,
    `syslog: create, start; ${volumes}`,
    `udev: create, start; ${volumes}, after udev-cold`,
    `acpid: create, start; ${volumes}, after udev-cold`,
    'console: create, start; needs all-volumes',
    `network: create, start; ${volumes}, after udev`,
    `ntp: create, start; ${volumes}, after network`,
  ]);
});

function systemImages({ services }: Project) {
  const names = services.map(({ request }) => request.Image ?? '');
  return names.map((name) => ({
    Id: name,
    RepoTags: [name],
    RepoDigests: null,
    Created: 0,
    Size: 0,
    Labels: null,
  }));
}

test('a service whose image must be pulled comes after the network, unless the network needs it', () => {
  const { steps } = plan({
    network: { image: 'y', labels: labelled({ 'io.rancher.os.after': 'early' }) },
    early: { image: 'y', labels: labelled({}) },
    here: { image: 'x', labels: labelled({}) },
    web: { image: 'y', labels: labelled({}) },
  });
  assert.deepEqual(
    steps.map(({ name, isImageAbsent, dependencies }) => [name, isImageAbsent, [...dependencies.keys()]]),
    [
      ['early', true, []],
      ['here', false, []],
      ['network', true, ['early']],
      ['web', true, ['network']],
    ],
  );
});

/** The container that a service had at the last boot. */
function earlier(definition: ServiceDefinition, change: Partial<ContainerSummary> = {}): ContainerSummary {
  const [step] = plan({ box: definition }).steps;
  return {
    Id: 'old',
    Names: ['/box'],
    Image: 'x',
    ImageID: 'sha256:1',
    Command: '',
    Created: 0,
    Ports: null,
    Labels: step?.request.Labels ?? null,
    State: 'exited',
    Status: 'Exited (0) 1 minute ago',
    ...change,
  };
}

const unlabelled = { image: 'x', labels: labelled({}) };
const always = { image: 'x', labels: labelled({ 'io.docker.compose.rebuild': 'always' }) };
const never = { image: 'x', labels: labelled({ 'io.docker.compose.rebuild': 'false' }) };

for (const [what, definition, container, expected] of [
  ['is kept if nothing has changed', unlabelled, earlier(unlabelled), { kind: 'keep', id: 'old' }],
  [
    'is replaced if the definition has changed',
    unlabelled,
    earlier({ ...unlabelled, tty: true }),
    { kind: 'replace', id: 'old', reason: 'its definition has changed' },
  ],
  [
    'is replaced if the image has changed',
    unlabelled,
    earlier(unlabelled, { ImageID: 'sha256:0' }),
    { kind: 'replace', id: 'old', reason: 'its image has changed' },
  ],
  [
    'is replaced if its label says so',
    always,
    earlier(always),
    { kind: 'replace', id: 'old', reason: 'it is new at each boot' },
  ],
  ['is kept if it runs', always, earlier(always, { State: 'running' }), { kind: 'keep', id: 'old' }],
  [
    'is kept if its label says so',
    never,
    earlier({ ...never, tty: true }, { ImageID: 'sha256:0' }),
    { kind: 'keep', id: 'old' },
  ],
] as const) {
  test(`a container from before ${what}`, () => {
    const [step] = plan({ box: definition }, [container]).steps;
    assert.deepEqual(step?.action, expected);
  });
}

test('a container of another name is not taken for the service', () => {
  const [step] = plan({ box: unlabelled }, [earlier(unlabelled, { Names: ['/boxer'] })]).steps;
  assert.deepEqual(step?.action, { kind: 'create' });
});

test('the hash does not depend on the order of keys', () => {
  const hash = (definition: ServiceDefinition) =>
    plan({ box: definition }).steps[0]?.request.Labels?.['com.docker.compose.config-hash'];
  assert.equal(
    hash({ image: 'x', tty: true, labels: { ...labelled({}), a: '1' } }),
    hash({ labels: { a: '1', ...labelled({}) }, tty: true, image: 'x' }),
  );
  assert.notEqual(hash(unlabelled), hash({ ...unlabelled, tty: true }));
});
