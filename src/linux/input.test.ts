import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY_POWER, pressedKeys } from './input.ts';

const event = (type: number, code: number, value: number) => {
  const data = new Uint8Array(24);
  const view = new DataView(data.buffer);
  view.setUint16(16, type, true);
  view.setUint16(18, code, true);
  view.setInt32(20, value, true);
  return data;
};

test('tells pressed keys from released ones and from other events', () => {
  const data = new Uint8Array([
    ...event(1, KEY_POWER, 1),
    ...event(0, 0, 0),
    ...event(1, KEY_POWER, 0),
    ...event(2, KEY_POWER, 1),
    ...event(1, 30, 1),
    ...event(1, 30, 2),
  ]);
  assert.deepEqual(pressedKeys(data), [KEY_POWER, 30]);
});

test('leaves out an event that is cut off', () => {
  assert.deepEqual(pressedKeys(event(1, KEY_POWER, 1).subarray(0, 20)), []);
});
