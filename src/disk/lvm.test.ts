import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mappedName, parseVolumeGroup, targetsOf } from './lvm-group.ts';
import { readPhysicalVolume } from './lvm-label.ts';
import { parseLvmText } from './lvm-text.ts';

/** What Debian's lvm2 2.03.31 has written: the physical volume, an offset, and the bytes there. */
const SAMPLES = readFileSync(new URL('testdata/lvm-metadata.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' '));

function device(volume: 'one' | 'other'): Buffer {
  const bytes = Buffer.alloc(1024 * 1024);
  for (const [name, offset, digits = ''] of SAMPLES) {
    if (name === volume) Buffer.from(digits, 'hex').copy(bytes, Number(offset));
  }
  return bytes;
}

const read = (bytes: Buffer) => readPhysicalVolume((offset, size) => bytes.subarray(offset, offset + size));
const sampleText = () => read(device('one'))?.texts[0] ?? assert.fail('no metadata');

const DEVICES: Readonly<Record<string, string>> = {
  [read(device('one'))?.uuid ?? '']: '254:1',
  [read(device('other'))?.uuid ?? '']: '254:2',
};

function volumesOf(text: string, devices = DEVICES) {
  const group = parseVolumeGroup(text);
  return group.logicalVolumes.map((volume) => {
    try {
      return [volume.name, targetsOf(group, volume, (id) => devices[id])];
    } catch (error) {
      return [volume.name, error instanceof Error ? error.message : error];
    }
  });
}

test('linear and striped volumes are read from what LVM has written', () => {
  const group = parseVolumeGroup(sampleText());
  assert.equal(group.name, 'barn-group');
  assert.equal(group.obstacle, undefined);
  assert.deepEqual(volumesOf(sampleText()), [
    [
      'linear',
      [
        { start: 0, length: 8192, type: 'linear', parameters: '254:1 2048' },
        { start: 8192, length: 6144, type: 'linear', parameters: '254:2 67584' },
      ],
    ],
    [
      'striped-one',
      [{ start: 0, length: 131072, type: 'striped', parameters: '2 128 254:1 10240 254:2 2048' }],
    ],
  ]);
  assert.equal(parseVolumeGroup(read(device('other'))?.texts[0] ?? '').id, group.id);
});

test('a label or text that is damaged does not count', () => {
  const label = device('one');
  label.write('x', 600);
  assert.equal(read(label), undefined);
  const area = device('one');
  area.write('x', 4096 + 30);
  assert.deepEqual(read(area)?.texts, []);
  const damaged = device('one');
  for (let at = damaged.indexOf('seqno'); at >= 0; at = damaged.indexOf('seqno', at + 1)) damaged[at] = 120;
  assert.deepEqual(read(damaged)?.texts, []);
  assert.equal(read(Buffer.alloc(1024 * 1024)), undefined);
});

test('a text that reaches the end of its area goes on at its start', () => {
  const bytes = device('one');
  const areaSize = Number(bytes.readBigUInt64LE(4096 + 32));
  const offset = Number(bytes.readBigUInt64LE(4096 + 40));
  const length = Number(bytes.readBigUInt64LE(4096 + 48));
  const text = Buffer.from(bytes.subarray(4096 + offset, 4096 + offset + length));
  const moved = Buffer.concat([bytes, Buffer.alloc(4096)]);
  const before = 100;
  text.copy(moved, 4096 + areaSize - before, 0, before);
  text.copy(moved, 4096 + 512, before);
  moved.writeBigUInt64LE(BigInt(areaSize - before), 4096 + 40);
  moved.writeUInt32LE(crc(moved.subarray(4096 + 4, 4096 + 512)), 4096);
  assert.equal(read(moved)?.texts[0], text.toString('utf8').replace(/\0$/, ''));
});

/** LVM's checksum, by its definition. */
function crc(bytes: Uint8Array): number {
  let remainder = 0xf597a6cf;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  }
  return remainder >>> 0;
}

test('what lies on a missing physical volume is refused, and no more', () => {
  const [one = ''] = Object.keys(DEVICES);
  const text = sampleText().replace('segment_count = 2', 'segment_count = 1');
  assert.deepEqual(
    volumesOf(text, { [one]: '254:1' }).map(([, result]) => typeof result),
    ['object', 'string'],
  );
  assert.match(String(volumesOf(text, {})[0]?.[1]), /^the physical volume \w{32} is missing$/);
});

for (const [what, change, expected] of [
  [
    'of another type',
    ['type = "striped"', 'type = "mirror"'],
    'it is of the type mirror; only linear and striped ones are known',
  ],
  ['that lies on another one', ['"pv0", 0', '"lvol0", 0'], 'it lies on lvol0, which is no physical volume'],
  ['whose name would lead elsewhere', ['linear {', '.. {'], 'its name is none'],
] as const) {
  test(`a volume ${what} is refused`, () => {
    assert.equal(volumesOf(sampleText().replace(change[0], change[1]))[0]?.[1], expected);
  });
}

test('the origin of a snapshot is refused, since what is written to it must be copied first', () => {
  const snapshot = `snapshot0 { id = "x" status = ["READ"] segment_count = 1
    segment1 { start_extent = 0 extent_count = 1 type = "snapshot" origin = "linear" cow_store = "striped-one" } }`;
  const text = sampleText().replace('logical_volumes {', `logical_volumes { ${snapshot}`);
  assert.deepEqual(
    volumesOf(text).map(([, result]) => result),
    ['it belongs to a snapshot', 'it belongs to a snapshot'],
  );
});

test('a group that is somebody else’s is refused', () => {
  const obstacle = (from: string, to: string) => parseVolumeGroup(sampleText().replace(from, to)).obstacle;
  assert.equal(obstacle('"RESIZEABLE"', '"EXPORTED"'), 'it is exported');
  assert.equal(obstacle('extent_size', 'system_id = "barn" extent_size'), 'it belongs to the system barn');
  assert.match(obstacle('extent_size', 'lock_type = "dlm" extent_size') ?? '', /shared .* by dlm/);
});

test('hidden volumes, and those that are to be left out, are no volumes', () => {
  assert.equal(volumesOf(sampleText().replaceAll('"VISIBLE"', '"HIDDEN"')).length, 0);
  assert.equal(
    volumesOf(sampleText().replace('segment_count = 2', 'flags = ["ACTIVATION_SKIP"] segment_count = 2'))
      .length,
    1,
  );
});

test('names are written as LVM writes them', () => {
  assert.equal(mappedName('barn-group', 'striped-one'), 'barn--group-striped--one');
});

test('text is read as LVM writes it', () => {
  assert.deepEqual(
    { ...parseLvmText('# said\na = 1\nb { c = ["x, \\"y\\"", -2, []] # end\n}\nd.e-f = "}"') },
    { a: 1, b: Object.assign(Object.create(null), { c: ['x, "y"', -2, []] }), 'd.e-f': '}' },
  );
  for (const [text, expected] of [
    ['a = \n}', /line 2 of its metadata: unexpected }/],
    ['a {', /unexpected end/],
    ['a = [1 2]', /unexpected 2/],
    ['a = "x', /line 1 of its metadata: unexpected/],
  ] as const) {
    assert.throws(() => parseLvmText(text), expected);
  }
});
