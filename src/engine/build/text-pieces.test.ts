import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { textPieces } from './text-pieces.ts';

test('a character that comes in pieces is one', () => {
  const text = 'aé€😀z';
  const bytes = encodeUtf8(text);
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const decode = textPieces();
      const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
      assert.equal(pieces.map(decode).join(''), text);
    }
  }
});

test('what is not UTF-8 does not hold the rest back', () => {
  const decode = textPieces();
  assert.equal(decode(new Uint8Array([0x80, 0x80, 0x80, 0x80, 0x61])), '\ufffd\ufffd\ufffd\ufffda');
});
