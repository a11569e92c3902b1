import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessages } from './netlink-message.ts';
import { NetlinkWriter } from './netlink-writer.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('writes attributes in attributes, with their lengths', () => {
  const to = new NetlinkWriter();
  to.message(0xa06, 0x401, 7, () => {
    to.raw(new Uint8Array([1, 0, 0, 0]));
    to.nested(4, () => {
      to.number(1, -2);
      to.text(2, 'br0');
      to.bytes(3, new Uint8Array([9]));
    });
    to.number(5, 258);
  });
  const expected = [
    '38000000 060a 0104 07000000 00000000 01000000',
    '1c00 0480  0800 0100 fffffffe  0800 0200 62723000  0500 0300 09000000',
    '0800 0500 00000102',
  ];
  assert.equal(hex(to.finish()), expected.join('').replaceAll(' ', ''));
});

test('grows, and keeps what it has', () => {
  const to = new NetlinkWriter();
  for (let sequence = 1; sequence <= 3; sequence++) {
    to.message(1, 0, sequence, () => to.bytes(1, new Uint8Array(5000).fill(sequence)));
  }
  const messages = decodeMessages(to.finish());
  assert.deepEqual(
    messages.map(({ sequence, body }) => [sequence, body.length, body.at(-1)]),
    [
      [1, 5004, 1],
      [2, 5004, 2],
      [3, 5004, 3],
    ],
  );
});
