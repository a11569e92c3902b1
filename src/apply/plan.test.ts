import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { KEYS_IN_USE, type LongRunning } from '../config/in-use.ts';
import type { Config, ServiceDefinition } from '../config/schema.ts';
import type { ContainerSummary } from '../engine/api-types.ts';
import { parseProject } from '../services/project.ts';
import { planStart } from '../services/start-plan.ts';
import { lineOf } from './apply.ts';
import { type DesiredSystem, planApply, type RunningSystem } from './plan.ts';

const newSha256 = () => {
  const hash = createHash('sha256');
  return {
    update: (bytes: Uint8Array) => void hash.update(bytes),
    digest: () => new Uint8Array(hash.digest()),
  };
};

/** A machine on which nothing is different. */
const running: RunningSystem = {
  hostname: 'rancher',
  sysctl: () => undefined,
  hasModule: () => true,
  authorizedKeys: [],
  inUse: {},
  engine: { args: ['system-docker', 'daemon'], environment: ['HOME=/root'] },
  inventory: { containers: [], images: [], networks: [] },
  networkSteps: [],
  newSha256,
};

function planned(config: Config, desired: Partial<DesiredSystem> = {}, facts: Partial<RunningSystem> = {}) {
  const whole: DesiredSystem = {
    config,
    hasAllServices: true,
    hostname: config.hostname ?? 'rancher',
    sysctl: new Map(),
    modules: [],
    engine: running.engine,
    ...desired,
  };
  const { steps, problems } = planApply(whole, { ...running, ...facts });
  assert.deepEqual(problems, []);
  return steps.map(lineOf);
}

const system = (definition: ServiceDefinition): ServiceDefinition => ({
  image: 'x',
  ...definition,
  labels: { 'io.rancher.os.scope': 'system', ...(definition['labels'] as object) },
});

/** Containers that were made of these services. */
function containersOf(services: Record<string, ServiceDefinition>, State = 'running'): ContainerSummary[] {
  const { steps } = planStart(
    parseProject({ rancher: { services } }),
    { containers: [], images: [], networks: [] },
    newSha256,
  );
  return steps.map(({ name, request }) => ({
    Id: `id of ${name}`,
    Names: [`/${name}`],
    Image: 'x',
    ImageID: '',
    Command: '',
    Created: 0,
    Ports: null,
    Labels: request.Labels ?? null,
    State,
    Status: '',
  }));
}

function services(before: Record<string, ServiceDefinition>, after: Record<string, ServiceDefinition>) {
  const inventory = { containers: containersOf(before), images: [], networks: [] };
  return planned({ rancher: { services: after } }, {}, { inventory });
}

test('nothing is done to a system that is as it should be', () => {
  const same = { web: system({ restart: 'always' }), volumes: system({}) };
  assert.deepEqual(services(same, same), []);
});

test('the kernel is told what is different', () => {
  const values: Record<string, string> = {
    'net.ipv4.ip_forward': '1\n',
    'vm.swappiness': '60\n',
    'net.ipv4.tcp_rmem': '4096\t131072\t6291456\n',
  };
  const steps = planned(
    { hostname: 'box' },
    {
      modules: ['loop', 'nbd nbds_max=16'],
      sysctl: new Map([
        ['net.ipv4.ip_forward', '1'],
        ['vm.swappiness', '10'],
        ['net.ipv4.tcp_rmem', '4096 131072 6291456'],
        ['no.such', '1'],
      ]),
    },
    { sysctl: (name) => values[name], hasModule: (name) => name === 'loop' },
  );
  assert.deepEqual(steps, [
    'hostname: set to box, was rancher',
    'rancher.modules: load nbd nbds_max=16',
    'rancher.sysctl.vm.swappiness: set to 10, was 60',
  ]);
});

test('a name that DHCP gave stays', () => {
  assert.deepEqual(planned({}, {}, { hostname: 'from-dhcp' }), []);
});

test('keys that are missing are added, those of people stay', () => {
  const config = { ssh_authorized_keys: ['ssh-ed25519 A me', 'ssh-ed25519 B me\n'] };
  assert.deepEqual(planned(config, {}, { authorizedKeys: ['ssh-ed25519 A me', 'ssh-rsa own'] }), [
    'ssh_authorized_keys: add 1',
  ]);
});

test('services are made, made anew and removed', () => {
  const before = { old: system({}), web: system({ restart: 'always' }), same: system({}) };
  const after = { web: system({ restart: 'always', command: 'other' }), same: system({}), new: system({}) };
  assert.deepEqual(services(before, after), [
    'rancher.services.old: stop and remove: it is not configured any more',
    'rancher.services.web: replace and start: its definition has changed',
    'rancher.services.new: create and start',
  ]);
});

test('nothing is removed while it is not known what is wanted', () => {
  const inventory = { ...running.inventory, containers: containersOf({ old: system({}) }) };
  assert.deepEqual(planned({}, { hasAllServices: false }, { inventory }), []);
});

test('what has the volumes of a container follows it', () => {
  const withVolumes = (volumes: string[]) => ({
    data: system({ volumes, labels: { 'io.rancher.os.createonly': 'true' } }),
    web: system({ volumes_from: ['data'] }),
    console: system({ volumes_from: ['data'] }),
  });
  assert.deepEqual(services(withVolumes(['/a']), withVolumes(['/a', '/b'])), [
    'rancher.services.data: replace: its definition has changed',
    'rancher.services.web: replace and start: it needs data, which is new',
    'rancher.services.console: the console is new at each boot, and its end would end your session; at the next boot',
  ]);
});

test('a service that is always to run is started, one that has done its work is not', () => {
  const both = { web: system({ restart: 'always' }), once: system({}) };
  const inventory = { containers: containersOf(both, 'exited'), images: [], networks: [] };
  assert.deepEqual(planned({ rancher: { services: both } }, {}, { inventory }), [
    'rancher.services.web: start: it does not run',
  ]);
});

test('the network service reads what has changed', () => {
  const noted = (keys: Record<string, string>) => ({
    hostname: 'null',
    'rancher.network': 'null',
    'rancher.defaults.network': 'null',
    ...keys,
  });
  const inUse: Partial<Record<LongRunning, Record<string, string>>> = {
    network: noted({ 'rancher.network': '{"dns":{"search":["a"]}}' }),
  };
  const config = (search: string) => ({ rancher: { network: { dns: { search: [search] } } } });
  assert.deepEqual(planned(config('a'), {}, { inUse }), []);
  assert.deepEqual(planned(config('b'), {}, { inUse }), ['rancher.network: let the network service read it']);
});

test('the console takes over what it can, and of the rest only commands wait', () => {
  const inventory = { ...running.inventory, containers: containersOf({ console: system({}) }) };
  const nothing = Object.fromEntries(KEYS_IN_USE.console.map((key) => [key, 'null']));
  const config = {
    mounts: [['/dev/vdb', '/mnt/data', 'ext4', '']],
    runcmd: ['date'],
    users: [{ name: 'ada' }],
    write_files: [{ path: '/etc/motd', content: 'hello' }],
    rancher: { ssh: { port: 2222 } },
  };
  const facts = { inUse: { console: nothing }, inventory };
  assert.deepEqual(planned(config, { hasAllServices: false }, facts), [
    'rancher.ssh: let the console read it',
    'users: make those that are missing',
    'mounts: mount what is missing of 1',
    'runcmd: it runs when the console starts; at the next boot',
    'write_files: write 1',
  ]);
});

test('System Docker starts again for what it reads then', () => {
  const planFor = (args: string[], environment: string[] = []) =>
    planned(
      {},
      { engine: { args: ['system-docker', 'daemon', ...args], environment: ['HOME=/root', ...environment] } },
    );
  assert.deepEqual(planFor([]), []);
  const again = ['rancher.system_docker, proxies: let System Docker start again under its containers'];
  assert.deepEqual(planFor(['--log-opt', 'max-size=1m']), again);
  assert.deepEqual(planFor([], ['HTTP_PROXY=http://10.0.0.1:3128']), again);
});

test('the bridge and the users of System Docker wait for the next boot', () => {
  const args = ['system-docker', 'daemon', '--bip', '10.0.0.1/24'];
  assert.deepEqual(planned({}, { engine: { args, environment: [] } }), [
    'rancher.system_docker: containers that run depend on its bridge and users; at the next boot',
  ]);
});
