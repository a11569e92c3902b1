import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDeviceEvent } from './uevent.ts';

test('reads an event of the kernel', () => {
  const text =
    'add@/devices/virtio0\0ACTION=add\0DEVPATH=/devices/virtio0\0MODALIAS=virtio:d1v1\0KEY=a=b\0SEQNUM=5\0';
  const event = parseDeviceEvent(new Uint8Array(Buffer.from(text)));
  assert.equal(event?.action, 'add');
  assert.equal(event.path, '/devices/virtio0');
  assert.equal(event.properties['MODALIAS'], 'virtio:d1v1');
  assert.equal(event.properties['KEY'], 'a=b');
});

test('takes nothing for an event that has no path', () => {
  assert.equal(parseDeviceEvent(new Uint8Array(Buffer.from('libudev\0\xfe\xed'))), undefined);
});
