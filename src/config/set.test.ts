import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeDocument, setKey } from './set.ts';
import { parseYaml } from './yaml.ts';

const set = (key: string, value: string, text = '') => {
  const changed = setKey(text, 'cloud-config.yml', key, value);
  return parseYaml(changed.text, 'x');
};

for (const [key, value, expected] of [
  ['hostname', 'box', { hostname: 'box' }],
  ['hostname', '007', { hostname: '007' }],
  ['rancher.debug', 'true', { rancher: { debug: true } }],
  ['rancher.ssh.port', '22', { rancher: { ssh: { port: 22 } } }],
  ['rancher.modules', '[a, "b c"]', { rancher: { modules: ['a', 'b c'] } }],
  ['rancher.sysctl.fs.file-max', '5', { rancher: { sysctl: { 'fs.file-max': '5' } } }],
  ['rancher.environment.A', 'x: y', undefined],
  ['rancher.environment.A', '{x', { rancher: { environment: { A: '{x' } } }],
  [
    'rancher.network.interfaces.eth0.100.dhcp',
    'true',
    { rancher: { network: { interfaces: { 'eth0.100': { dhcp: true } } } } },
  ],
  [
    'rancher.network.interfaces.mac=52:54:00:12:34:56.address',
    '10.0.0.1/8',
    { rancher: { network: { interfaces: { 'mac=52:54:00:12:34:56': { address: '10.0.0.1/8' } } } } },
  ],
  ['rancher.services.web.image', 'x', { rancher: { services: { web: { image: 'x' } } } }],
  ['rancher.services.web', '{image: x}', { rancher: { services: { web: { image: 'x' } } } }],
] as const) {
  test(`setKey() sets ${key} to ${value}`, () => {
    if (expected === undefined) assert.throws(() => set(key, value), /expected text, got a map/);
    else assert.deepEqual(set(key, value), expected);
  });
}

test('setKey() refuses what nobody knows or what is wrong, and names it', () => {
  assert.throws(() => set('rancher.ssh.prot', '1'), /rancher\.ssh\.prot: unknown key; did you mean port\?$/);
  assert.throws(
    () => set('rancher.ssh.port', 'x'),
    /rancher\.ssh\.port: expected a port from 1 to 65535, got "x"$/,
  );
  assert.throws(() => set('hostname.x', '1'), /hostname: expected text, got a map$/);
  assert.throws(() => set('rancher..x', '1'), /an empty part/);
  assert.throws(() => set('__proto__.x', '1'), /unknown key/);
});

test('setKey() refuses to work on a file that would be left out, unless it repairs it', () => {
  const text = 'rancher:\n  ssh:\n    port: x\n';
  assert.throws(
    () => set('hostname', 'a', text),
    /^ConfigError: cloud-config\.yml:3:11: rancher\.ssh\.port: expected/,
  );
  assert.deepEqual(set('rancher.ssh.port', '1', text), { rancher: { ssh: { port: 1 } } });
});

test('setKey() tells of keys without an effect', () => {
  const { remarks } = setKey('', 'f', 'rancher.console', 'debian');
  assert.deepEqual(remarks, ['f: rancher.console: has no effect yet']);
});

test('mergeDocument() refuses a document with a mistake, naming its place', () => {
  const over = (text: string) => () =>
    mergeDocument('hostname: a\n', 'cloud-config.yml', { text, file: 'new.yml' });
  assert.throws(
    over('rancher:\n  debug: maybe\n'),
    /^ConfigError: new\.yml:2:10: rancher\.debug: expected true or false/,
  );
  assert.throws(over('nope: 1\n'), /^ConfigError: new\.yml:1:1: nope: unknown key/);
  assert.throws(over('- a\n'), /^ConfigError: new\.yml/);
  assert.equal(over('#cloud-config\r\nhostname: b\r\n')().text, 'hostname: b\n');
});
