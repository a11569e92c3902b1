import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBlank } from './autoformat.ts';

test('a disk is blank if its first mebibyte is zero', () => {
  const size = 1024 * 1024;
  const written = new Uint8Array(size);
  written[size - 1] = 1;
  assert.equal(isBlank(new Uint8Array(size)), true);
  assert.equal(isBlank(written), false);
  assert.equal(isBlank(new Uint8Array(size - 1)), false);
});
