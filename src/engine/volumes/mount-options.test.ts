import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MS } from '../../linux/mount.ts';
import { parseMountOptions } from './mount-options.ts';

test('flags are separated from what the filesystem itself understands', () => {
  assert.deepEqual(parseMountOptions('size=100m,noexec,uid=1000,nosuid'), {
    flags: MS.NOEXEC | MS.NOSUID,
    data: 'size=100m,uid=1000',
  });
  assert.deepEqual(parseMountOptions('rbind'), { flags: MS.BIND | MS.REC, data: '' });
  assert.deepEqual(parseMountOptions(''), { flags: 0, data: '' });
});

test('a later option takes an earlier one back', () => {
  assert.deepEqual(parseMountOptions('ro,noexec,rw'), { flags: MS.NOEXEC, data: '' });
});

test('remount is refused', () => {
  assert.throws(() => parseMountOptions('ro,remount'), { status: 400 });
});
