import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pastTime } from './past-time.ts';

test('Unix times and dates', () => {
  assert.equal(pastTime('1700000000'), 1_700_000_000);
  assert.equal(pastTime('1700000000.5'), 1_700_000_000.5);
  assert.equal(pastTime('2023-11-14T22:13:20Z'), 1_700_000_000);
  assert.equal(pastTime('2023-11-14'), 1_699_920_000);
});

test('durations are before now', () => {
  const ago = (text: string) => Math.round(Date.now() / 1000 - pastTime(text));
  assert.equal(ago('90s'), 90);
  assert.equal(ago('1h30m'), 5400);
  assert.equal(ago('1.5h'), 5400);
});

test('anything else is refused', () => {
  for (const text of ['', 'yesterday', '1d', '-5s']) assert.throws(() => pastTime(text), { status: 400 });
});
