import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Filesystem } from './filesystem.ts';
import { isCalled, parseDeviceSpec } from './find-device.ts';

test('a device is named by label, UUID, name of its partition or path', () => {
  for (const [text, expected] of [
    ['LABEL=RANCHER_STATE', { by: 'label', value: 'RANCHER_STATE' }],
    ['LABEL="my data"', { by: 'label', value: 'my data' }],
    ['UUID=DEAD-BEEF', { by: 'uuid', value: 'DEAD-BEEF' }],
    ['PARTLABEL=state', { by: 'partlabel', value: 'state' }],
    ['/dev/vda1', { by: 'path', value: '/dev/vda1' }],
    ['LABEL=', undefined],
    ['vda', undefined],
    ['', undefined],
  ] as const) {
    assert.deepEqual(parseDeviceSpec(text), expected);
  }
});

test('a device is the one that is meant', () => {
  const device = { path: '/dev/vda1', partitionName: 'state' };
  const filesystem: Filesystem = { type: 'vfat', label: 'OEM', uuid: 'DEAD-BEEF', needsCheck: false };
  for (const [text, is] of [
    ['LABEL=OEM', true],
    ['LABEL=oem', false],
    ['UUID=dead-beef', true],
    ['PARTLABEL=state', true],
    ['/dev/vda1', true],
    ['/dev/vda', false],
  ] as const) {
    const spec = parseDeviceSpec(text);
    assert.ok(spec);
    assert.equal(isCalled(spec, device, filesystem), is, text);
  }
  assert.equal(isCalled({ by: 'label', value: '' }, device, undefined), false);
});
