import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { luksVersion } from './luks-volume.ts';
import { LUKS1_HEADER_SIZE, parseLuks1 } from './luks1.ts';
import { readLuks2 } from './luks2.ts';

/** What Debian's cryptsetup 2.7.5 has written: a kind of header, an offset, and the bytes there that are not zero. */
const SAMPLES = readFileSync(new URL('testdata/cryptsetup-headers.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' '));

function device(kind: string): Buffer {
  const bytes = Buffer.alloc(8 * 1024 * 1024);
  for (const [name, offset, digits = ''] of SAMPLES) {
    if (name === kind) Buffer.from(digits, 'hex').copy(bytes, Number(offset));
  }
  return bytes;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const parseLuks2 = (bytes: Buffer) =>
  readLuks2((offset, size) => bytes.subarray(offset, offset + size), sha256);

/** With other metadata in the first header, and a checksum that is right. */
function withMetadata(change: (json: string) => string): Buffer {
  const bytes = device('luks2');
  const json = bytes.toString('utf8', 4096, bytes.indexOf(0, 4096));
  bytes.fill(0, 4096, 16384);
  bytes.write(change(json), 4096);
  bytes[23] = 99; // of the sequence, so that it is the newer one
  bytes.fill(0, 448, 512);
  sha256(bytes.subarray(0, 16384)).copy(bytes, 448);
  return bytes;
}

test('the version shows in the first bytes', () => {
  assert.equal(luksVersion(device('luks1')), 1);
  assert.equal(luksVersion(device('luks2')), 2);
  assert.equal(luksVersion(Buffer.from('LUKS')), undefined);
  assert.equal(luksVersion(Buffer.alloc(512)), undefined);
});

test('a header of version 1 is read', () => {
  const { slots, digest, ...volume } = parseLuks1(device('luks1').subarray(0, LUKS1_HEADER_SIZE));
  assert.deepEqual(volume, {
    version: 1,
    uuid: '6741cde7-7f6e-4fb2-ab40-b56b3ef3ee15',
    cipher: 'aes-xts-plain64',
    offset: 4096 * 512,
    size: undefined,
    sectorSize: 512,
    firstVector: 0,
    options: [],
  });
  assert.equal(digest.digest, 'c422145466eba5480e6a38de737418bb6b3a62ab');
  assert.equal(digest.iterations, 1000);
  assert.equal(slots.length, 1);
  assert.equal(slots[0]?.offset, 8 * 512);
  assert.equal(slots[0]?.keySize, 64);
  assert.equal(slots[0]?.stripes, 4000);
});

test('a header of version 1 without its data is refused', () => {
  const header = device('luks1').subarray(0, LUKS1_HEADER_SIZE);
  header.writeUInt32BE(0, 104);
  assert.throws(() => parseLuks1(header), /lies apart from its data/);
});

test('a header of version 2 is read', () => {
  const { slots, digest, ...volume } = parseLuks2(device('luks2'));
  assert.deepEqual(volume, {
    version: 2,
    uuid: 'be3c5466-24c4-4e81-9667-2f277ec5b1ae',
    cipher: 'aes-xts-plain64',
    offset: 16777216,
    size: undefined,
    sectorSize: 4096,
    firstVector: 0,
    options: ['sector_size:4096'],
  });
  assert.equal(digest.hash, 'sha256');
  assert.deepEqual(slots, [
    {
      derivation: {
        type: 'argon2id',
        iterations: 4,
        memory: 16384,
        lanes: 2,
        salt: 'ee9a1a669ac831dc54daddf1e08251b7e24624ba636834c7e4cc3b993d8ce9c1',
      },
      offset: 32768,
      cipher: 'aes-xts-plain64',
      areaKeySize: 64,
      keySize: 64,
      stripes: 4000,
      hash: 'sha256',
    },
  ]);
});

test('the other header counts if the first one is not whole', () => {
  const torn = device('luks2');
  torn.write('garbage', 5000);
  assert.equal(parseLuks2(torn).slots.length, 1);
  torn.write('garbage', 16384 + 5000);
  assert.throws(() => parseLuks2(torn), /neither of its headers is whole/);
});

test('the newer of two headers counts', () => {
  const changed = withMetadata((json) => json.replace('"memory":16384', '"memory":32768'));
  const [slot] = parseLuks2(changed).slots;
  assert.equal(slot?.derivation.type === 'argon2id' && slot.derivation.memory, 32768);
});

test('flags become options of dm-crypt', () => {
  const changed = withMetadata((json) => json.replace('"config":{', '"config":{"flags":["allow-discards"],'));
  assert.deepEqual(parseLuks2(changed).options, ['allow_discards', 'sector_size:4096']);
});

for (const [what, change, expected] of [
  [
    'being encrypted anew',
    ['"config":{', '"config":{"requirements":{"mandatory":["online-reencrypt-v2"]},'],
    /it needs online-reencrypt-v2/,
  ],
  [
    'with integrity protection',
    ['"type":"crypt",', '"type":"crypt","integrity":{},'],
    /integrity protection/,
  ],
  ['with numbers that are none', ['"16777216"', '"-1"'], /its metadata: segments\.0\.offset/],
  ['with another kind of key slot', ['"type":"luks2"', '"type":"other"'], /its key slot 0: type/],
  ['without a key', ['"segments":["0"]', '"segments":["1"]'], /no key belongs to its data/],
] as const) {
  test(`a volume ${what} is refused`, () => {
    assert.throws(() => parseLuks2(withMetadata((json) => json.replace(change[0], change[1]))), expected);
  });
}
