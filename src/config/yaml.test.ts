import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { formatYaml, parseYaml } from './yaml.ts';

test('parseYaml() reads a cloud-config', () => {
  const text = '#cloud-config\nhostname: box\nrancher:\n  ssh: {port: 22}\n  modules: [nbd, "a b"]\n';
  assert.deepEqual(parseYaml(text, 'x'), {
    hostname: 'box',
    rancher: { ssh: { port: 22 }, modules: ['nbd', 'a b'] },
  });
});

test('parseYaml() gives null for an empty document', () => {
  assert.equal(parseYaml('', 'x'), null);
  assert.equal(parseYaml('#cloud-config\n', 'x'), null);
});

test('parseYaml() knows merge keys', () => {
  assert.deepEqual(parseYaml('a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}', 'x'), {
    a: { x: 1, y: 1 },
    b: { x: 1, y: 2 },
  });
});

test('parseYaml() reads JSON, and a flow mapping that is no JSON', () => {
  assert.deepEqual(parseYaml('{"a": [1, "b"]}', 'x'), { a: [1, 'b'] });
  assert.deepEqual(parseYaml('{a: [1, b]}', 'x'), { a: [1, 'b'] });
});

for (const [what, text, place] of [
  ['a tab as indentation', 'hostname: a\nrancher:\n\tdebug: true\n', /^conf\.yml:3:1: .*tabs/i],
  ['an unclosed bracket', 'a: [1,\nb: 2\n', /^conf\.yml:[12]:\d+: /],
  ['a repeated key', 'a: 1\nb: 2\na: 3\n', /^conf\.yml:3:1: .*unique/],
  ['two documents', 'a: 1\n---\nb: 2\n', /^conf\.yml:2:1: .*multiple documents/],
  ['a wrong JSON document', '{"a": 1\n"b": 2}', /^conf\.yml:[12]:\d+: /],
] as const) {
  test(`parseYaml() names file, line and column of ${what}`, () => {
    assert.throws(
      () => parseYaml(text, 'conf.yml'),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, place);
        assert.ok(!error.message.includes('\n'), error.message);
        assert.match(error.message, new RegExp(`^conf.yml:${error.line}:${error.column}: `));
        return true;
      },
    );
  });
}

test('parseYaml() refuses aliases that multiply', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]', 'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]']
    .concat('c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]', 'd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]')
    .join('\n');
  assert.throws(() => parseYaml(bomb, 'x'), ConfigError);
});

test('formatYaml() does not indent lists in maps and does not fold', () => {
  const long = 'word '.repeat(40).trim();
  assert.equal(formatYaml({ a: ['x', 'y'], b: long }), `a:\n- x\n- y\nb: ${long}\n`);
});
