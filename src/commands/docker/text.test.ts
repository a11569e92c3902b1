import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFilters } from './filters.ts';
import { alignColumns, ellipsis } from './table.ts';
import { parseTimestamp } from './timestamps.ts';
import { binarySize, decimalSize, formatTimestamp, humanDuration, parseBinarySize } from './units.ts';

test('columns are aligned and at least ten wide', () => {
  assert.equal(
    alignColumns([
      ['ID', 'IMAGE', 'NAMES'],
      ['0123456789ab', 'b', 'x'],
    ]),
    'ID             IMAGE     NAMES\n0123456789ab   b         x\n',
  );
  assert.equal(alignColumns([['a…b', 'c']]), 'a…b       c\n');
});

test('texts are cut with an ellipsis', () => {
  assert.equal(ellipsis('12345', 5), '12345');
  assert.equal(ellipsis('123456', 5), '1234…');
});

test("time spans in Docker's words", () => {
  const cases: [number, string][] = [
    [0.3, 'Less than a second'],
    [1, '1 second'],
    [59, '59 seconds'],
    [60, 'About a minute'],
    [150, '2 minutes'],
    [3600, 'About an hour'],
    [5400, '2 hours'],
    [47 * 3600, '47 hours'],
    [48 * 3600, '2 days'],
    [14 * 86400, '2 weeks'],
    [60 * 86400, '2 months'],
    [730 * 86400, '2 years'],
  ];
  for (const [seconds, text] of cases) assert.equal(humanDuration(seconds), text);
});

test('sizes', () => {
  assert.deepEqual([0, 999, 2066774, 1.5e9].map(decimalSize), ['0B', '999B', '2.07MB', '1.5GB']);
  assert.deepEqual([512, 25276502016].map(binarySize), ['512B', '23.54GiB']);
  assert.deepEqual(['64m', '1.5G', '4096', '64KiB', '10kb', '7b'].map(parseBinarySize), [
    64 << 20,
    1.5 * 2 ** 30,
    4096,
    65536,
    10240,
    7,
  ]);
  assert.deepEqual(['', 'x', '5q', '-1', '1.2.3m'].map(parseBinarySize), Array(5).fill(undefined));
});

test('points in time', () => {
  assert.equal(formatTimestamp(1795422036), '2026-11-23 08:20:36 +0000 UTC');
  const now = 1_000_000_000_000;
  assert.equal(parseTimestamp('1136073600.000000001', now), '1136073600.000000001');
  assert.equal(parseTimestamp('10m', now), '999999400.000');
  assert.equal(parseTimestamp('1h30m', now), '999994600.000');
  assert.equal(parseTimestamp('2026-11-23T08:20:36.5Z', now), '1795422036.500000000');
  assert.equal(parseTimestamp('2026-11-23T09:20:36+01:00', now), '1795422036.000000000');
  const local = new Date(2026, 10, 23).getTime() / 1000;
  assert.equal(parseTimestamp('2026-11-23', now), `${local}.000000000`);
  for (const text of ['', 'yesterday', '2026-13-45', '10x', '2026-11-23T']) {
    assert.throws(() => parseTimestamp(text, now), /invalid time/, text);
  }
});

test('filters', () => {
  assert.deepEqual(parseFilters(['label=a=b', 'label=c', 'Status = running']), {
    label: ['a=b', 'c'],
    status: ['running'],
  });
  assert.throws(() => parseFilters(['x']), /invalid filter "x"/);
});
