import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkVolumeName, checkVolumeOptions } from './volume.ts';

test('names of volumes', () => {
  for (const name of ['ab', 'a_b', 'My.volume-1', '0'.repeat(64)]) checkVolumeName(name);
  assert.throws(() => checkVolumeName('a'), { status: 400, message: /^volume name is too short/ });
  for (const name of ['', '.hidden', '../up', 'a/b', 'a b', 'x'.repeat(256)]) {
    assert.throws(() => checkVolumeName(name), { status: 400, message: /invalid characters/ });
  }
});

test('options of the driver', () => {
  checkVolumeOptions('v1', {});
  checkVolumeOptions('v1', { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' });
  const refusals: [Record<string, string>, RegExp][] = [
    [{ color: 'red' }, /^create v1: invalid option: "color"$/],
    [{ type: 'tmpfs' }, /^create v1: missing required option: "device"$/],
    [{ o: 'ro' }, /missing required option: "device"/],
    [{ size: '1g' }, /quota size requested but no quota support/],
  ];
  for (const [options, message] of refusals) {
    assert.throws(() => checkVolumeOptions('v1', options), { status: 400, message });
  }
});
