import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootTimesOf } from './boot-times.ts';

const log = `[    0.000000] Linux version 6.12
[    1.520000] paddock: init
[    1.900001] paddock: api ready
[    2.000000] paddock: api ready for something else
[   12.750000] paddock: console ready
`;

test("the marks are found with the kernel's time", () => {
  assert.deepEqual(bootTimesOf(log), { init: 1.52, api: 1.900001, console: 12.75 });
});

test('a mark that is missing is named', () => {
  assert.throws(() => bootTimesOf(log.replace('console ready', '')), /no line "paddock: console ready"/);
});
