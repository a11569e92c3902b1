import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  parseRaidSuperblock,
  RAID_SUPERBLOCK_SIZE,
  type RaidSuperblock,
  raidSuperblockPlaces,
} from './raid-superblock.ts';

/** What mdadm has written to members of arrays: version, place, and bytes up to the last that is not zero. */
const SAMPLES = readFileSync(new URL('testdata/mdadm-superblocks.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [version, place, digits = ''] = line.split(' ');
    const bytes = new Uint8Array(RAID_SUPERBLOCK_SIZE);
    bytes.set(Buffer.from(digits, 'hex'));
    return { version: version as RaidSuperblock['version'], place: Number(place), bytes };
  });

test('superblocks of mdadm are read', () => {
  const found = SAMPLES.map(({ version, place, bytes }) => parseRaidSuperblock(bytes, version, place));
  assert.deepEqual(
    found.map((superblock) => [
      superblock?.name,
      superblock?.level,
      superblock?.disks,
      superblock?.activeDisks,
    ]),
    [
      ['barn:0', 1, 2, 2],
      ['barn:0', 1, 2, 2],
      ['barn:5', 0, 2, 2],
      ...Array.from({ length: 4 }, () => ['barn:10', 10, 4, 4]),
      ['barn:5', 5, 3, 3],
      ['barn:6', 6, 4, 4],
      ['barn:4', 4, 3, 3],
    ],
  );
  assert.equal(found[0]?.uuid, 'ea6fe167a60c8ac33ef25bb8f67b5767');
  assert.equal(found[0]?.events, 19n);
});

test('a superblock counts only where it says that it lies', () => {
  const size = 120 * 1024 * 1024;
  assert.deepEqual(raidSuperblockPlaces(size), [
    ['1.1', 0],
    ['1.2', 4096],
    ['1.0', 125820928],
  ]);
  const [sample] = SAMPLES;
  const { version, place, bytes } = sample ?? assert.fail('no sample');
  assert.equal(parseRaidSuperblock(bytes, version, place + 4096), undefined);
  assert.equal(parseRaidSuperblock(bytes.subarray(0, 512), version, place), undefined);
  assert.equal(parseRaidSuperblock(new Uint8Array(RAID_SUPERBLOCK_SIZE), version, place), undefined);
});

test('a member that has failed has no place any more', () => {
  const { version, place, bytes } = SAMPLES[0] ?? assert.fail('no sample');
  const degraded = bytes.slice();
  degraded.set([0xfe, 0xff], 256 + 2);
  assert.equal(parseRaidSuperblock(degraded, version, place)?.activeDisks, 1);
});

test('an array that is on its way to another layout says so', () => {
  const { version, place, bytes } = SAMPLES.at(-1) ?? assert.fail('no sample');
  assert.equal(parseRaidSuperblock(bytes, version, place)?.isReshaping, false);
  const reshaping = bytes.slice();
  reshaping[8] = 4;
  assert.equal(parseRaidSuperblock(reshaping, version, place)?.isReshaping, true);
});
