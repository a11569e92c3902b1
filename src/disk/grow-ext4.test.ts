import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mountedExt4, readExt4Size } from './grow-ext4.ts';

test('the size of a filesystem that mke2fs has made', () => {
  const directory = mkdtempSync(join(tmpdir(), 'paddock-ext4-'));
  const image = join(directory, 'image');
  try {
    for (const [features, blockSize] of [
      ['64bit', 4096],
      ['^64bit', 1024],
    ] as const) {
      const file = openSync(image, 'w+');
      ftruncateSync(file, 8 * 1024 * 1024);
      execFileSync('/usr/sbin/mke2fs', [
        '-q',
        '-F',
        '-t',
        'ext4',
        '-b',
        `${blockSize}`,
        '-O',
        features,
        image,
      ]);
      const start = new Uint8Array(2048);
      readSync(file, start, 0, start.length, 0);
      closeSync(file);
      assert.deepEqual(readExt4Size(start), { blocks: (8 * 1024 * 1024) / blockSize, blockSize });
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a disk is its own device or that of its partitions, and no other', () => {
  const mounts = [
    'overlay / overlay rw 0 0',
    '/dev/vdab1 /a ext4 rw 0 0',
    '/dev/vda1 /b vfat rw 0 0',
    '/dev/vda2 /c ext4 rw 0 0',
    '/dev/nvme0n1p3 /d ext4 rw 0 0',
  ].join('\n');
  assert.deepEqual(mountedExt4('/dev/vda', mounts), { device: '/dev/vda2', target: '/c' });
  assert.deepEqual(mountedExt4('/dev/vda2', mounts), { device: '/dev/vda2', target: '/c' });
  assert.deepEqual(mountedExt4('/dev/nvme0n1', mounts), { device: '/dev/nvme0n1p3', target: '/d' });
  assert.equal(mountedExt4('/dev/vdb', mounts), undefined);
});
