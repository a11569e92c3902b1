import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  capabilitiesOfMask,
  containerCapabilities,
  DEFAULT_CAPABILITIES,
  LINUX_CAPABILITIES,
  normaliseCapabilities,
} from './capabilities.ts';

const available = LINUX_CAPABILITIES.filter((name) => name !== 'CAP_SYS_RESOURCE');
const of = (CapAdd: string[], CapDrop: string[] = []) =>
  containerCapabilities({ CapAdd, CapDrop }, available);

test('capabilities are read from a mask of the kernel', () => {
  assert.equal(LINUX_CAPABILITIES.length, 41);
  assert.deepEqual(capabilitiesOfMask('000001ffffffffff'), LINUX_CAPABILITIES);
  assert.deepEqual(capabilitiesOfMask('00000000a80425fb').toSorted(), DEFAULT_CAPABILITIES.toSorted());
});

test('capabilities are added and dropped with and without prefix, in any case', () => {
  assert.deepEqual(of([]), DEFAULT_CAPABILITIES);
  assert.deepEqual(of(['net_admin', 'CAP_KILL'], ['CAP_MKNOD']), [
    ...DEFAULT_CAPABILITIES.filter((name) => name !== 'CAP_MKNOD'),
    'CAP_NET_ADMIN',
  ]);
  assert.deepEqual(of(['all']), available);
  assert.deepEqual(of(['ALL'], ['CHOWN']), available.slice(1));
  assert.deepEqual(of(['CHOWN'], ['ALL']), ['CAP_CHOWN']);
  assert.deepEqual(of([], ['ALL']), []);
  assert.deepEqual(containerCapabilities({ Privileged: true, CapDrop: ['ALL'] }, available), available);
});

test('unknown and unavailable capabilities are refused', () => {
  assert.throws(() => of(['fly']), { message: 'unknown capability: "CAP_FLY"' });
  assert.throws(() => normaliseCapabilities(['sys_resource'], available), {
    message:
      'capability not supported by your kernel or not available in the current environment: "CAP_SYS_RESOURCE"',
  });
});
