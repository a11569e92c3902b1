import assert from 'node:assert/strict';
import { test } from 'node:test';
import { automaticSize, parseSwapSize } from './swap.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

test('sizes as people write them', () => {
  const sizes = ['auto', '1048576', '512M', '1.5G', '2 GiB', '64KB', '100b'].map((text) =>
    parseSwapSize('swap.size', text),
  );
  assert.deepEqual(sizes, ['auto', MIB, 512 * MIB, 1.5 * GIB, 2 * GIB, 64 * 1024, 100]);
});

for (const text of ['', 'much', '-1', '12X', '1e9'])
  test(`"${text}" is no size`, () => {
    const message = `swap.size: expected a number of bytes, 512M or auto, got "${text}"`;
    assert.throws(() => parseSwapSize('swap.size', text), { message });
  });

test('auto is by memory, and leaves room', () => {
  const size = (memory: number, free: number, largest?: number) => automaticSize({ memory, free, largest });
  assert.equal(size(512 * MIB, 100 * GIB), GIB);
  assert.equal(size(3 * GIB, 100 * GIB), 4 * GIB);
  assert.equal(size(64 * GIB, 100 * GIB), 8 * GIB);
  assert.equal(size(512 * MIB, 400 * MIB), 100 * MIB);
  assert.equal(size(512 * MIB, 100 * GIB, 256 * MIB), 256 * MIB);
});
