import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../oci/digest.ts';
import type { ImageConfig } from '../../oci/image-config.ts';
import { nextStep } from './cache-from.ts';

const digests = ['a', 'b', 'c'].map((digit): Digest => `sha256:${digit.repeat(64)}`);

function image(layers: number, ...steps: readonly string[]): ImageConfig {
  return {
    os: 'linux',
    architecture: 'amd64',
    history: steps.map((created_by) => ({ created_by })),
    rootfs: { type: 'layers', diff_ids: digests.slice(0, layers) },
  };
}

test('nextStep() is what an image has more than the one it may have been made from', () => {
  const full = image(2, 'base', 'RUN a', 'RUN b');
  assert.equal(nextStep(full, image(1, 'base'))?.created_by, 'RUN a');
  assert.equal(nextStep(full, image(1, 'base', 'RUN a'))?.created_by, 'RUN b');
  assert.equal(nextStep(full, undefined)?.created_by, 'base');
  assert.equal(nextStep(full, full), undefined);
});

test('nextStep() is nothing if the images do not begin alike', () => {
  const full = image(2, 'base', 'RUN a', 'RUN b');
  assert.equal(nextStep(full, image(1, 'other')), undefined);
  assert.equal(nextStep(full, image(3, 'base')), undefined);
});
