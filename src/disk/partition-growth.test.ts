import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { crc32 } from './crc32.ts';
import { planGptGrowth } from './gpt.ts';
import { isProtective, planMbrGrowth } from './mbr.ts';
import type { SectorDisk, SectorWrite } from './partition-table.ts';

const SECTOR = 512;
/** What the tables were made for, and the last sector of their second and last partition. */
const MADE_FOR = (64 * 1024 * 1024) / SECTOR;
const LARGEST = MADE_FOR * 3;
const LAST = (1 + 8 + 16) * 2048 - 1;

/** A disk in memory with a table that sfdisk has made: a line for each sector that is not zero, without zeros at its end. */
function diskWith(table: 'dos' | 'gpt', sectors: number): SectorDisk & { write(write: SectorWrite): void } {
  const bytes = new Uint8Array(LARGEST * SECTOR);
  const text = readFileSync(new URL(`testdata/sfdisk-${table}.txt`, import.meta.url), 'utf8');
  for (const line of text.trim().split('\n')) {
    const [sector, digits = ''] = line.split(' ');
    bytes.set(Buffer.from(digits, 'hex'), Number(sector) * SECTOR);
  }
  return {
    sectorSize: SECTOR,
    sectors,
    read: (sector, count) => bytes.subarray(sector * SECTOR, (sector + count) * SECTOR),
    write: ({ sector, bytes: data }) => bytes.set(data, sector * SECTOR),
  };
}

/** The last sector of partition 2 as the kernel reads it from a table: block/partitions/efi.c. It throws if it would not. */
function lastOfTable(disk: SectorDisk, at: number): number {
  const header = Buffer.from(disk.read(at, 1));
  assert.equal(header.toString('latin1', 0, 8), 'EFI PART');
  const bare = Buffer.from(header.subarray(0, header.readUInt32LE(12)));
  bare.fill(0, 16, 20);
  assert.equal(crc32(bare), header.readUInt32LE(16), 'checksum of the header');
  assert.equal(Number(header.readBigUInt64LE(24)), at);
  const start = Number(header.readBigUInt64LE(72));
  const entries = Buffer.from(disk.read(start, 32));
  assert.equal(crc32(entries), header.readUInt32LE(88), 'checksum of the entries');
  assert.ok(Number(header.readBigUInt64LE(48)) < disk.sectors);
  return Number(entries.readBigUInt64LE(128 + 40));
}

test('a CRC-32 is that of everybody else', () => {
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
});

test('the last partition of a GPT grows, and the table is whole after each write', () => {
  const disk = diskWith('gpt', MADE_FOR * 2 + 5);
  assert.equal(isProtective(disk.read(0, 1)), true);
  const growth = planGptGrowth(disk, 2) ?? assert.fail('it does not grow');
  const last = MADE_FOR * 2 - 2048 - 1;
  assert.deepEqual([growth.first, growth.count], [9 * 2048, last + 1 - 9 * 2048]);
  const seen = growth.writes.map((write) => {
    // Torn: only the first sectors of a write have come.
    if (write.bytes.length > SECTOR) disk.write({ ...write, bytes: write.bytes.subarray(0, SECTOR) });
    const torn = lastOfTable(disk, 1);
    disk.write(write);
    const whole = lastOfTable(disk, 1);
    if (write.bytes.length > SECTOR) assert.equal(whole, torn);
    return whole;
  });
  const turn = seen.indexOf(last);
  assert.ok(seen.every((value, index) => value === (index < turn ? LAST : last)));
  assert.equal(lastOfTable(disk, disk.sectors - 1), last);
  const header = Buffer.from(disk.read(1, 1));
  assert.deepEqual(
    [32, 40, 72].map((offset) => Number(header.readBigUInt64LE(offset))),
    [disk.sectors - 1, 2048, 2],
  );
  assert.equal(Buffer.from(disk.read(0, 1)).readUInt32LE(446 + 12), disk.sectors - 1);
  assert.equal(planGptGrowth(disk, 2), undefined);
});

test('when the power went between two of them, the partition grows again with its disk', () => {
  const disk = diskWith('gpt', MADE_FOR * 2);
  planGptGrowth(disk, 2)?.writes.slice(0, 4).forEach(disk.write);
  assert.equal(Number(Buffer.from(disk.read(1, 1)).readBigUInt64LE(72)), 34);
  assert.equal(planGptGrowth(disk, 2), undefined);
  const larger = { ...disk, sectors: LARGEST };
  for (const write of planGptGrowth(larger, 2)?.writes ?? []) {
    disk.write(write);
    lastOfTable(larger, 1);
  }
  assert.equal(lastOfTable(larger, 1), LARGEST - 2048 - 1);
  assert.equal(Number(Buffer.from(disk.read(1, 1)).readBigUInt64LE(72)), 2);
});

test('a partition with another one behind it, and one that has no more room, stay as they are', () => {
  for (const [table, plan] of [
    ['gpt', planGptGrowth],
    ['dos', planMbrGrowth],
  ] as const) {
    const disk = diskWith(table, MADE_FOR * 2);
    assert.equal(plan(disk, 1), undefined);
    assert.throws(() => plan(disk, 3), /partition 3/);
    assert.equal(plan({ ...disk, sectors: LAST + 1 + 34 }, 2), undefined);
  }
});

test('a damaged GPT is left alone', () => {
  for (const [sector, offset, message] of [
    [1, 60, /header of the partition table is damaged/],
    [2, 130, /entries of the partition table are damaged/],
  ] as const) {
    const disk = diskWith('gpt', MADE_FOR * 2);
    disk.read(sector, 1).set([0xa5], offset);
    assert.throws(() => planGptGrowth(disk, 2), message);
  }
});

test('the last primary partition of an MBR grows by one write', () => {
  const disk = diskWith('dos', MADE_FOR * 2);
  assert.equal(isProtective(disk.read(0, 1)), false);
  const before = disk.read(0, 1).slice();
  const growth = planMbrGrowth(disk, 2) ?? assert.fail('it does not grow');
  assert.equal(growth.writes.length, 1);
  growth.writes.forEach(disk.write);
  const after = Buffer.from(disk.read(0, 1));
  const entry = 446 + 16;
  assert.equal(after.readUInt32LE(entry + 8), 9 * 2048);
  assert.equal(after.readUInt32LE(entry + 12), MADE_FOR * 2 - 9 * 2048);
  assert.deepEqual(after.subarray(0, entry + 5), Buffer.from(before.subarray(0, entry + 5)));
  assert.equal(planMbrGrowth(disk, 2), undefined);
  after[entry + 4] = 5;
  disk.write({ sector: 0, bytes: after });
  assert.throws(() => planMbrGrowth(disk, 2), /no primary one/);
  disk.write({ sector: 0, bytes: new Uint8Array(SECTOR) });
  assert.throws(() => planMbrGrowth(disk, 2), /there is no partition table/);
});
