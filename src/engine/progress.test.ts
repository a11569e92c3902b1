import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressBar } from './progress.ts';

test('draws bars as Docker 28 does', () => {
  const bar = (current: number, total: number) => progressBar({ current, total });
  assert.equal(bar(36445, 1141339), `[=>${' '.repeat(49)}]  36.45kB/1.141MB`);
  assert.equal(bar(1141339, 1141339), `[${'='.repeat(50)}>]  1.141MB/1.141MB`);
  assert.equal(bar(20992, 2066774), `[>${' '.repeat(50)}]  20.99kB/2.067MB`);
  assert.equal(bar(2222080, 2066774), `[${'='.repeat(50)}>]  2.222MB`);
  assert.equal(bar(512, 0), '    512B');
  assert.equal(bar(0, 0), '');
});
