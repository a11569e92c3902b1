import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from './commands.ts';
import { parseDelay } from './power-state.ts';

test('commands are lines or words, and empty ones are skipped', () => {
  assert.deepEqual(wordsOf('echo a'), ['sh', '-c', 'echo a']);
  assert.deepEqual(wordsOf(['echo', 'a b']), ['echo', 'a b']);
  assert.equal(wordsOf(' '), undefined);
  assert.equal(wordsOf([]), undefined);
});

test('a delay is now or in minutes', () => {
  assert.deepEqual(['now', '5', '+30'].map(parseDelay), [0, 5, 30]);
  assert.throws(
    () => parseDelay('soon'),
    /power_state.delay: expected now or a number of minutes, got "soon"/,
  );
});
