import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootTimeline, traceOf } from './boot-timeline.ts';

const log = [
  { seconds: 0, text: 'Linux version 6.12' },
  { seconds: 1.5, text: 'paddock: init' },
  { seconds: 2.25, text: 'paddock: api ready' },
  { seconds: 4, text: 'paddock: console ready' },
  { seconds: 90, text: 'paddock: console ready' },
  { seconds: 5, text: 'paddock: Paddock 1 started, 5.0 s after the kernel' },
];
const services = [
  { name: 'console', begin: 3, end: 3.5, outcome: 'started' },
  { name: 'udev-cold', begin: 2.5, end: 3, outcome: 'finished' },
];

test('bootTimeline() puts kernel, process 1, services and moments in their order', () => {
  assert.deepEqual(
    bootTimeline(log, services).map(({ name, begin, end }) => [name, begin, end]),
    [
      ['kernel', 0, 1.5],
      ['process 1, until System Docker answers', 1.5, 2.25],
      ['udev-cold', 2.5, 3],
      ['console', 3, 3.5],
      ['console ready', 4, undefined],
      ['Paddock 1 started, 5.0 s after the kernel', 5, undefined],
    ],
  );
});

test('bootTimeline() does without a mark that the log has lost', () => {
  const names = bootTimeline(log.slice(2), services).map(({ name }) => name);
  assert.deepEqual(names.slice(0, 2), ['udev-cold', 'console']);
});

test('traceOf() has a duration for each part and an instant for each moment, in microseconds', () => {
  const { traceEvents } = traceOf(bootTimeline(log, services));
  assert.deepEqual(traceEvents.filter((event) => 'ph' in event && event.ph === 'X')[2], {
    ...{ name: 'udev-cold', cat: 'boot', ph: 'X', pid: 1, tid: 3, ts: 2_500_000, dur: 500_000 },
    args: { outcome: 'finished' },
  });
  assert.equal(traceEvents.filter((event) => 'ph' in event && event.ph === 'i').length, 2);
});
