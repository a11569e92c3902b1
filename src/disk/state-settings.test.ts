import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStateSettings } from './state-settings.ts';

test('without rancher.state everything is in memory', () => {
  const { settings, problems } = readStateSettings({});
  assert.equal(settings.device, undefined);
  assert.deepEqual(problems, []);
});

test('what the kernel words of an installed system say', () => {
  const { settings } = readStateSettings({
    rancher: { state: { dev: 'LABEL=RANCHER_STATE', wait: true, directory: '/a/b/' } },
  });
  assert.deepEqual(settings.device, { by: 'label', value: 'RANCHER_STATE' });
  assert.deepEqual(
    [settings.wait, settings.required, settings.directory, settings.type],
    [true, false, 'a/b', 'auto'],
  );
});

test('what cannot be used is told', () => {
  const state = { dev: 'sda1', directory: '../etc' };
  const { settings, problems } = readStateSettings({ rancher: { state } });
  assert.equal(settings.device, undefined);
  assert.equal(settings.directory, '');
  assert.deepEqual(
    problems.map((line) => line.split(':')[0]),
    ['rancher.state.directory', 'rancher.state.dev'],
  );
});
