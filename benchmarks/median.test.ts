import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median } from './median.ts';

test('median() is the middle, whatever the order', () => {
  assert.equal(median([9, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 100]), 3);
  assert.equal(median([7]), 7);
  assert.ok(Number.isNaN(median([])));
});
