import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from './digest.ts';
import { parseImageConfig } from './image-config.ts';
import { EMPTY_LAYER, newImageConfig } from './new-image-config.ts';

const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}`;
const first = {
  parent: undefined,
  platform: { os: 'linux', architecture: 'amd64' },
  config: { Hostname: 'h', Cmd: ['sh'], Env: [], Tty: false },
  created: '2024-01-02T03:04:05.000000000Z',
  createdBy: '',
  comment: 'imported',
  diffId: digest('1'),
};

test('a first image, and one more layer on it', () => {
  const parent = parseImageConfig(newImageConfig(first));
  assert.deepEqual(parent.config, { Cmd: ['sh'] });
  assert.deepEqual(parent.rootfs.diff_ids, [digest('1')]);
  const child = parseImageConfig(
    newImageConfig({ ...first, parent, createdBy: 'step', comment: '', author: 'me', diffId: digest('2') }),
  );
  assert.deepEqual(child.rootfs.diff_ids, [digest('1'), digest('2')]);
  assert.deepEqual(child.history, [
    { created: first.created, comment: 'imported' },
    { created: first.created, created_by: 'step', author: 'me' },
  ]);
});

test('a layer without files is none', () => {
  for (const diffId of [undefined, EMPTY_LAYER]) {
    const { rootfs, history } = parseImageConfig(newImageConfig({ ...first, diffId }));
    assert.deepEqual([rootfs.diff_ids, history?.[0]?.empty_layer], [[], true]);
  }
});
