import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from './bytes.ts';
import { encodeSettings } from './netlink-link.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));

test('writes the settings of an interface', () => {
  const settings = {
    name: 'eth0',
    hardwareAddress: '02:42:ac:11:00:02',
    mtu: 1500,
    master: { index: 3, name: 'docker0' },
    namespace: { fd: 7 },
  };
  const expected = `0900 0300 6574683000 000000  0a00 0100 0242ac110002 0000  0800 0400 dc050000
    0800 0a00 03000000  0800 1c00 07000000`;
  assert.deepEqual(concatBytes(encodeSettings(settings)), bytes(expected));
});

test('names a namespace by a process', () => {
  assert.deepEqual(encodeSettings({ namespace: { pid: 1 } }), [bytes('0800 1300 01000000')]);
});

test('refuses a hardware address that is none', () => {
  assert.throws(() => encodeSettings({ hardwareAddress: '02:42' }), /not a hardware address: 02:42/);
});
