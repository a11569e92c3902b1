import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommands, RestartLimit } from './respawn.ts';

test('reads one command a line', () => {
  const text = '# terminals\ngetty 115200  tty1\n\n  # none\n\tdropbear -F\n';
  assert.deepEqual(parseCommands(text), [
    ['getty', '115200', 'tty1'],
    ['dropbear', '-F'],
  ]);
});

test('gives up after more than ten restarts within a second', () => {
  const limit = new RestartLimit();
  const answers = Array.from({ length: 11 }, (_, index) => limit.allows(index * 50));
  assert.deepEqual(answers, [...new Array<boolean>(10).fill(true), false]);
});

test('goes on with ten restarts in each second', () => {
  const limit = new RestartLimit();
  for (let time = 0; time < 60_000; time += 100) assert.ok(limit.allows(time), `at ${time} ms`);
});
