import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkConfig, inspectConfig } from './check.ts';
import { ConfigError } from './config-error.ts';
import { parseYaml } from './yaml.ts';
import { lazyLocator } from './yaml-position.ts';

const messages = (errors: readonly Error[]) => errors.map(({ message }) => message);
const check = (value: unknown) => checkConfig(value, { file: 'x.yml' });

test('checkConfig() makes text and booleans of what YAML took for something else', () => {
  const { config } = check({ hostname: 5, rancher: { debug: 'on', sysctl: { 'fs.file-max': 1 } } });
  assert.deepEqual(config, { hostname: '5', rancher: { debug: true, sysctl: { 'fs.file-max': '1' } } });
});

test('checkConfig() takes keys without a value', () => {
  assert.doesNotThrow(() => check({ rancher: { services: null, ssh: { port: null } } }));
  assert.doesNotThrow(() => check(null));
});

test('checkConfig() leaves what stands in a service to the service', () => {
  const services = { web: { image: 'x', environment: { A: null }, whatever: [1] } };
  assert.deepEqual(check({ rancher: { services } }), {
    config: { rancher: { services } },
    unknown: [],
    idle: [],
  });
});

test('checkConfig() drops unknown keys and names the nearest known one', () => {
  const { config, unknown } = check({
    hostnam: 'x',
    rancher: { ssh: { prot: 2, port: 22 }, network: { interfaces: { eth0: { adress: 'a' } } } },
    nothing: ['vim'],
  });
  assert.deepEqual(config, { rancher: { ssh: { port: 22 }, network: { interfaces: { eth0: {} } } } });
  assert.deepEqual(messages(unknown), [
    'x.yml: hostnam: unknown key; did you mean hostname?',
    'x.yml: rancher.ssh.prot: unknown key; did you mean port?',
    'x.yml: rancher.network.interfaces.eth0.adress: unknown key; did you mean address?',
    'x.yml: nothing: unknown key',
  ]);
});

for (const [value, message] of [
  [{ rancher: [] }, 'x.yml: rancher: expected a map, got a list'],
  [{ hostname: {} }, 'x.yml: hostname: expected text, got a map'],
  [{ ssh_authorized_keys: 'ssh-rsa A' }, 'x.yml: ssh_authorized_keys: expected a list, got "ssh-rsa A"'],
  [{ ssh_authorized_keys: [[]] }, 'x.yml: ssh_authorized_keys.0: expected text, got a list'],
  [{ rancher: { debug: 'maybe' } }, 'x.yml: rancher.debug: expected true or false, got "maybe"'],
  [
    { rancher: { ssh: { port: 65536 } } },
    'x.yml: rancher.ssh.port: expected a port from 1 to 65535, got 65536',
  ],
  [{ rancher: { services: { a: 'b' } } }, 'x.yml: rancher.services.a: expected a map, got "b"'],
  [
    { rancher: { shutdown_timeout: -1 } },
    'x.yml: rancher.shutdown_timeout: expected a number of seconds, got -1',
  ],
] as const) {
  test(`checkConfig() refuses ${JSON.stringify(value)}`, () => {
    assert.throws(
      () => check(value),
      (error) => error instanceof ConfigError && error.message === message,
    );
  });
}

test('checkConfig() tells of keys that do nothing, or nothing yet', () => {
  const { idle } = check({ locale: 'de_DE', rancher: { upgrade: { image: 'x' }, debug: true } });
  assert.deepEqual(messages(idle), [
    'x.yml: locale: has no effect: there is one language',
    'x.yml: rancher.upgrade: has no effect yet',
  ]);
});

test('checkConfig() names line and column', () => {
  const text = 'hostname: a\nrancher:\n  modules: [x, {}]\n  prot: 1\n';
  const options = { file: 'x.yml', locate: lazyLocator(text) };
  const { wrong, unknown } = inspectConfig(parseYaml(text, 'x.yml'), options);
  assert.deepEqual(messages([...wrong, ...unknown]), [
    'x.yml:3:16: rancher.modules.1: expected text, got a map',
    'x.yml:4:3: rancher.prot: unknown key',
  ]);
});

test('checkConfig() repeats no secrets', () => {
  for (const value of [
    { rancher: { ssh: { keys: { rsa: ['swordfish'] } } } },
    { rancher: { docker: { ca_key: ['swordfish'] } } },
    { rancher: { registry_auths: { x: 'swordfish' } } },
  ]) {
    assert.throws(
      () => check(value),
      (error: Error) => /expected/.test(error.message) && !/swordfish|got/.test(error.message),
    );
  }
});

test('os-config.yml passes unchanged', () => {
  const file = 'os/os-config.yml';
  const document = parseYaml(readFileSync(file, 'utf8'), file);
  const { config, unknown, idle } = checkConfig(document, { file });
  assert.deepEqual({ config, unknown }, { config: document, unknown: [] });
  assert.deepEqual(messages(idle), [`${file}: rancher.console: has no effect yet`]);
});
