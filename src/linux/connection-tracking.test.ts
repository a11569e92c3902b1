import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from './bytes.ts';
import { encodeUdpFilter } from './connection-tracking.ts';

test('flows of UDP are chosen by the port that somebody sends to', () => {
  const tuple = '1800 0180  1400 0280  0500 0100 11000000  0600 0300 14ea0000';
  const filter = '0c00 1980  0800 0100 28000000';
  const expected = new Uint8Array(Buffer.from(`${tuple}${filter}`.replaceAll(' ', ''), 'hex'));
  assert.deepEqual(concatBytes(encodeUdpFilter(5354)), expected);
});
