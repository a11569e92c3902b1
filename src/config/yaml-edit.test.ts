import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { mergeYaml, setInYaml } from './yaml-edit.ts';

const set = (text: string, key: string, value: unknown) => setInYaml(text, 'x.yml', key.split('.'), value);
const merge = (text: string, over: string) => mergeYaml(text, 'x.yml', { text: over, file: 'y.yml' });

const TEXT = `#cloud-config
# the machine in the corner
hostname: box # as on its label

rancher:
  # not 22, the neighbours knock there
  ssh:
    port: 2222
  modules: [a, b] # for later
`;

test('setInYaml() keeps comments and everything else', () => {
  assert.equal(set(TEXT, 'hostname', 'bag'), TEXT.replace('box', 'bag'));
  assert.equal(set(TEXT, 'rancher.ssh.port', 2223), TEXT.replace('port: 2222', 'port: 2223'));
  assert.equal(
    set(TEXT, 'rancher.ssh.daemon', true),
    TEXT.replace('port: 2222', 'port: 2222\n    daemon: true'),
  );
  assert.equal(
    set(TEXT, 'rancher.modules', ['c']),
    TEXT.replace('[a, b] # for later', '\n  - c').replace(': \n', ':\n'),
  );
});

test('setInYaml() begins a file', () => {
  assert.equal(set('', 'rancher.ssh.port', 1), '#cloud-config\n\nrancher:\n  ssh:\n    port: 1\n');
  assert.equal(set('# mine\n', 'hostname', 'a'), '# mine\n\nhostname: a\n');
});

test('setInYaml() makes a map of a key without a value, and of nothing else', () => {
  assert.equal(set('rancher:\n', 'rancher.debug', true), 'rancher:\n  debug: true\n');
  assert.throws(() => set('rancher: 5\n', 'rancher.debug', true), ConfigError);
  assert.throws(() => set('- a\n', 'rancher.debug', true), ConfigError);
  assert.throws(() => set('a: [\n', 'rancher.debug', true), ConfigError);
});

test('setInYaml() changes one place, not all that share its value', () => {
  assert.equal(set('a: &x {k: 1}\nb: *x\n', 'b.k', 2), 'a: &x {k: 1}\nb:\n  k: 2\n');
});

test('mergeYaml() merges maps and replaces the rest', () => {
  const over =
    '# from the office\nrancher:\n  ssh: {daemon: false}\n  # two\n  modules: [c]\nhostname: bag\n';
  assert.equal(
    merge(TEXT, over),
    TEXT.replace('box', 'bag')
      .replace('port: 2222', 'port: 2222\n    daemon: false')
      .replace('[a, b] # for later', '[c]'),
  );
});

test('mergeYaml() leaves a map alone that the other has without a value', () => {
  assert.equal(merge('a:\n  b: 1\n', 'a:\n'), 'a:\n  b: 1\n');
});

test('mergeYaml() keeps comments of new keys, and resolves what is shared', () => {
  assert.equal(merge('a: 1\n', 'b: 2 # two\n'), 'a: 1\nb: 2 # two\n');
  assert.equal(merge('', 'a: &x [1]\nb: *x\n'), '#cloud-config\n\na:\n- 1\nb:\n- 1\n');
});
