import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBase64, encodeBase64 } from './base64.ts';

const bytesUpTo = (length: number) =>
  new Uint8Array(Array.from({ length }, (_, index) => (index * 151) & 255));

test('encodes as Node does', () => {
  for (let length = 0; length < 20; length++) {
    const bytes = bytesUpTo(length);
    assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString('base64'));
  }
});

test('decodes both alphabets, with and without padding', () => {
  for (let length = 0; length < 20; length++) {
    const bytes = bytesUpTo(length);
    const buffer = Buffer.from(bytes);
    assert.deepEqual(decodeBase64(buffer.toString('base64')), bytes);
    assert.deepEqual(decodeBase64(buffer.toString('base64url')), bytes);
  }
});

test('refuses what is not base64', () => {
  for (const text of ['a', 'ab cd', 'ab*d', 'äbcd']) assert.equal(decodeBase64(text), undefined, text);
});
