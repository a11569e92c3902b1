import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Digest } from '../../oci/digest.ts';
import { LayerPins } from './layer-pins.ts';

const [a, b]: Digest[] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}` as const);
assert.ok(a && b);

describe('pinned layers', () => {
  const freed: Digest[][] = [];
  const pins = new LayerPins((diffIds) => freed.push([...diffIds]));

  it('are removed when the last pin is gone, if somebody wanted that', () => {
    const [first, second] = [pins.pin([a, b]), pins.pin([a, a])];
    assert.deepEqual([pins.defer(a), pins.defer(b)], [true, true]);
    first();
    assert.deepEqual(freed.splice(0), [[b]]);
    first();
    assert.deepEqual(freed, []);
    second();
    assert.deepEqual(freed.splice(0), [[a]]);
  });

  it('stay if nobody wanted to remove them, and others are not deferred', () => {
    const release = pins.pin([a]);
    assert.equal(pins.defer(b), false);
    release();
    assert.deepEqual(freed, []);
    assert.equal(pins.defer(a), false);
  });
});
