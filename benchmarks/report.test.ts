import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatComparison, formatTable, rowsOf } from './report.ts';

const sample = {
  bareShell: 1.25,
  init: 1.5,
  api: 1.9,
  console: 6,
  memoryInUse: 50_000,
  processOne: 8000,
  busyboxTrue: 15,
  rosConfigGet: 25,
  container: 0.5,
};
const sizes = { iso: 25_000_000, kernel: 11_700_000, initrd: 12_000_000, images: { busybox: 1_000_000 } };

test('figures are medians over the boots', () => {
  const rows = rowsOf(sizes, [sample, { ...sample, api: 3.5 }, { ...sample, api: 1.8 }]);
  const api = rows.find(({ what }) => what === 'process 1 to API answers');
  assert.equal(api?.value.toFixed(3), '0.400');
});

test('the table says which limit is exceeded', () => {
  const table = formatTable(rowsOf({ ...sizes, iso: 27_000_000 }, [sample]));
  assert.match(table, /^\| ISO +\| 27\.00 MB +\| 26 MB, exceeded +\|$/m);
  assert.match(table, /^\| kernel start to console +\| 6\.00 s +\| 2\.5 s, exceeded +\|$/m);
  assert.match(table, /^\| process 1 in memory +\| 8\.19 MB +\| 12 MB +\|$/m);
});

test('all lines of the table are of one width', () => {
  const widths = formatTable(rowsOf(sizes, [sample]))
    .split('\n')
    .map((line) => line.length);
  assert.equal(new Set(widths).size, 1);
});

test('the comparison shows both engines and how many times they differ', () => {
  const table = formatComparison({
    systemDocker: { container: 0.05, memory: 8000, memoryPerContainer: 100, listing: 0.01, pull: 10 },
    stockDocker: { container: 0.5, memory: 160_000, memoryPerContainer: 20_000, listing: 0.005, pull: 15 },
  });
  assert.match(table, /^\| container: \S.* \| 50\.0 ms +\| 0\.50 s +\| 10\.0 +\|/m);
  assert.match(table, /^\| memory of the engine +\| 8\.19 MB +\| 163\.84 MB +\| 20\.0 +\|/m);
  assert.match(table, /^\| pull of an image of 100 MB +\| 10\.00 s +\| 15\.00 s +\| 1\.5 +\|/m);
  assert.match(table, /^\| list of 100 containers +\| 10\.0 ms +\| 5\.0 ms +\| 0\.5 +\|/m);
});
