import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getValue } from './get.ts';

const config = {
  hostname: 'box',
  rancher: { debug: false, sysctl: { 'fs.file-max': '5' }, services: { console: { image: 'x' } } },
};

test('getValue() follows a path', () => {
  assert.equal(getValue(config, 'hostname'), 'box');
  assert.equal(getValue(config, 'rancher.debug'), false);
  assert.deepEqual(getValue(config, 'rancher.services.console'), { image: 'x' });
});

test('getValue() finds keys that contain dots', () => {
  assert.equal(getValue(config, 'rancher.sysctl.fs.file-max'), '5');
});

test('getValue() has nothing for what is not there, inherited properties included', () => {
  for (const path of ['', 'x', 'hostname.length', 'rancher.x.y', 'toString', 'rancher.constructor']) {
    assert.equal(getValue(config, path), undefined, path);
  }
});
