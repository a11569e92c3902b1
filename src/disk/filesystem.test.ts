import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { identifyFilesystem, SUPERBLOCK_SIZE } from './filesystem.ts';

const UUID = '01234567-89ab-cdef-0123-456789abcdef';

function bytes(...fields: readonly (readonly [offset: number, value: string | readonly number[]])[]) {
  const result = new Uint8Array(SUPERBLOCK_SIZE);
  for (const [offset, value] of fields) {
    result.set(typeof value === 'string' ? Buffer.from(value, 'latin1') : value, offset);
  }
  return result;
}

const uuidBytes = [...Buffer.from(UUID.replaceAll('-', ''), 'hex')];

test('each filesystem is known by its magic, with its label and UUID', () => {
  const cases = {
    ext4: bytes([1080, [0x53, 0xef, 1]], [1128, uuidBytes], [1144, 'RANCHER_STATE']),
    xfs: bytes([0, 'XFSB'], [32, uuidBytes], [108, 'RANCHER_STAT']),
    swap: bytes([4086, 'SWAPSPACE2'], [1036, uuidBytes], [1052, 'RANCHER_SWAP']),
    btrfs: bytes([0x10040, '_BHRfS_M'], [0x10020, uuidBytes], [0x1012b, 'data']),
  };
  for (const [type, start] of Object.entries(cases)) {
    const found = identifyFilesystem(start);
    assert.equal(found?.type, type);
    assert.equal(found?.uuid, UUID);
    assert.match(found?.label ?? '', /^(RANCHER_STATE|RANCHER_STAT|RANCHER_SWAP|data)$/);
  }
});

test('FAT has a serial number for a UUID, and NO NAME is no label', () => {
  const start = (label: string) =>
    bytes([82, 'FAT32   '], [71, label], [67, [0xef, 0xbe, 0xad, 0xde]], [510, [0x55, 0xaa]]);
  assert.deepEqual(identifyFilesystem(start('RANCHER_OEM')), {
    type: 'vfat',
    label: 'RANCHER_OEM',
    uuid: 'DEAD-BEEF',
    needsCheck: false,
  });
  assert.equal(identifyFilesystem(start('NO NAME    '))?.label, '');
});

test('an ISO has the time of its making for a UUID', () => {
  const found = identifyFilesystem(
    bytes([32769, 'CD001'], [32808, 'Paddock'.padEnd(32)], [33598, '2026112421364300']),
  );
  assert.deepEqual(found, {
    type: 'iso9660',
    label: 'Paddock',
    uuid: '2026-11-24-21-36-43-00',
    needsCheck: false,
  });
});

test('nothing, noise, a partition table and a short device are no filesystem', () => {
  const noise = Uint8Array.from({ length: SUPERBLOCK_SIZE }, (_, index) => (index * 7919) % 251);
  const table = bytes([510, [0x55, 0xaa]], [446, [0x80, 0, 2, 0, 0x83]]);
  for (const start of [new Uint8Array(0), new Uint8Array(512), noise, table]) {
    assert.equal(identifyFilesystem(start), undefined);
  }
});

test('ext4 is checked when it has seen errors or was not unmounted', () => {
  for (const [state, needsCheck] of [
    [1, false],
    [0, true],
    [3, true],
  ] as const) {
    assert.equal(identifyFilesystem(bytes([1080, [0x53, 0xef, state]]))?.needsCheck, needsCheck);
  }
});

test('what mke2fs makes is known', (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'paddock-ext4-'));
  try {
    const file = join(directory, 'disk');
    const fd = openSync(file, 'w+');
    ftruncateSync(fd, 8 * 1024 * 1024);
    try {
      execFileSync('/sbin/mke2fs', ['-q', '-F', '-t', 'ext4', '-L', 'RANCHER_STATE', '-U', UUID, file]);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return context.skip('no mke2fs here');
      throw error;
    }
    const start = new Uint8Array(SUPERBLOCK_SIZE);
    readSync(fd, start, 0, start.length, 0);
    closeSync(fd);
    assert.deepEqual(identifyFilesystem(start), {
      type: 'ext4',
      label: 'RANCHER_STATE',
      uuid: UUID,
      needsCheck: false,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
