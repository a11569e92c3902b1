/** The header of version 2: LUKS2 On-Disk Format Specification 1.1.2. It is there twice; the newer whole one counts. */
import * as v from 'valibot';
import { decodeBase64 } from '../linux/base64.ts';
import { decodeUtf8, toHex } from '../linux/bytes.ts';
import type { ReadBytes } from './block-device.ts';
import { checkMetadata } from './check-metadata.ts';
import type { LuksDerivation, LuksSlot, LuksVolume } from './luks-volume.ts';

const BINARY_SIZE = 4096;
/** How large a header may be, and so where the second one may lie. */
const SIZES = Array.from({ length: 9 }, (_, index) => 0x4000 << index);
/** Of the first header and of the second. */
const MAGIC = ['LUKS\xba\xbe', 'SKUL\xba\xbe'] as const;
const FIELD = {
  VERSION: 6,
  SIZE: 8,
  SEQUENCE: 16,
  CHECKSUM_NAME: 72,
  UUID: 168,
  OFFSET: 256,
  CHECKSUM: 448,
} as const;
const CHECKSUM_ROOM = 64;
const CHECKSUM_SIZE = 32;
const SECTOR = 512;

/** Flags that stay on the volume; each is an option of dm-crypt, with other hyphens. */
const FLAGS: readonly string[] = [
  'allow-discards',
  'same-cpu-crypt',
  'submit-from-crypt-cpus',
  'no-read-workqueue',
  'no-write-workqueue',
];

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0xffffffff));
/** Numbers of 64 bits are texts in JSON. */
const large = v.pipe(
  v.string(),
  v.regex(/^\d{1,15}$/),
  v.transform((digits) => Number(digits)),
);
const binary = v.pipe(
  v.string(),
  v.transform((text) => decodeBase64(text)),
  v.instance(Uint8Array),
  v.transform((bytes) => toHex(bytes)),
);

const SEGMENT = v.object({
  type: v.string(),
  offset: large,
  size: v.union([v.literal('dynamic'), large]),
  iv_tweak: large,
  encryption: v.string(),
  sector_size: count,
  integrity: v.optional(v.unknown()),
});

const SLOT = v.object({
  type: v.literal('luks2'),
  key_size: count,
  priority: v.optional(v.number(), 1),
  af: v.object({ type: v.literal('luks1'), stripes: count, hash: v.string() }),
  area: v.object({ type: v.literal('raw'), offset: large, encryption: v.string(), key_size: count }),
  kdf: v.variant('type', [
    v.object({ type: v.literal('pbkdf2'), hash: v.string(), iterations: count, salt: binary }),
    v.object({
      type: v.picklist(['argon2i', 'argon2id']),
      time: count,
      memory: count,
      cpus: count,
      salt: binary,
    }),
  ]),
});

const DIGEST = v.object({
  type: v.literal('pbkdf2'),
  keyslots: v.array(v.string()),
  segments: v.array(v.string()),
  hash: v.string(),
  iterations: count,
  salt: binary,
  digest: binary,
});

const METADATA = v.object({
  keyslots: v.record(v.string(), v.unknown()),
  segments: v.record(v.string(), SEGMENT),
  digests: v.record(v.string(), DIGEST),
  config: v.object({
    flags: v.optional(v.array(v.string()), []),
    requirements: v.optional(v.object({ mandatory: v.optional(v.array(v.string()), []) })),
  }),
});

interface Header {
  readonly sequence: bigint;
  readonly uuid: string;
  readonly json: string;
}

/**
 * @param sha256 the digest of bytes
 * @throws an Error if no header is whole, or if it says what is not known here
 */
export function readLuks2(read: ReadBytes, sha256: (bytes: Uint8Array) => Uint8Array): LuksVolume {
  const first = readHeader(read, 0, MAGIC[0], sha256);
  const others = SIZES.map((offset) => readHeader(read, offset, MAGIC[1], sha256));
  const [newest] = [first, ...others]
    .filter((header) => header !== undefined)
    .sort((a, b) => (a.sequence === b.sequence ? 0 : a.sequence > b.sequence ? -1 : 1));
  if (newest === undefined) throw new Error('neither of its headers is whole');
  return parseMetadata(newest);
}

function readHeader(
  read: ReadBytes,
  offset: number,
  magic: string,
  sha256: (bytes: Uint8Array) => Uint8Array,
): Header | undefined {
  const start = read(offset, BINARY_SIZE);
  if (start.length < BINARY_SIZE || !startsWith(start, magic)) return undefined;
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const size = Number(view.getBigUint64(FIELD.SIZE));
  const isFit =
    view.getUint16(FIELD.VERSION) === 2 &&
    SIZES.includes(size) &&
    Number(view.getBigUint64(FIELD.OFFSET)) === offset &&
    text(start, FIELD.CHECKSUM_NAME, 32) === 'sha256';
  if (!isFit) return undefined;
  const whole = read(offset, size).slice();
  if (whole.length < size) return undefined;
  const checksum = toHex(whole.subarray(FIELD.CHECKSUM, FIELD.CHECKSUM + CHECKSUM_SIZE));
  // It was made with zeros in its own place.
  whole.fill(0, FIELD.CHECKSUM, FIELD.CHECKSUM + CHECKSUM_ROOM);
  if (toHex(sha256(whole)) !== checksum) return undefined;
  return {
    sequence: view.getBigUint64(FIELD.SEQUENCE),
    uuid: text(start, FIELD.UUID, 40),
    json: text(whole, BINARY_SIZE, size - BINARY_SIZE),
  };
}

function parseMetadata({ uuid, json }: Header): LuksVolume {
  const { keyslots, segments, digests, config } = checkMetadata(METADATA, JSON.parse(json), 'its metadata');
  const required = config.requirements?.mandatory ?? [];
  if (required.length > 0) throw new Error(`it needs ${required.join(', ')}, which is not known here`);
  const [[name, segment] = [], ...others] = Object.entries(segments);
  if (name === undefined || segment?.type !== 'crypt' || others.length > 0) {
    throw new Error('its data are not one encrypted segment');
  }
  if (segment.integrity !== undefined) throw new Error('it has integrity protection');
  const digest = Object.values(digests).find((each) => each.segments.includes(name));
  if (digest === undefined) throw new Error('no key belongs to its data');
  const slots = digest.keyslots
    .map((slot) => checkMetadata(SLOT, keyslots[slot], `its key slot ${slot}`))
    .filter(({ priority }) => priority > 0)
    .sort((a, b) => b.priority - a.priority);
  return {
    version: 2,
    uuid,
    cipher: segment.encryption,
    offset: segment.offset,
    size: segment.size === 'dynamic' ? undefined : segment.size,
    sectorSize: segment.sector_size,
    firstVector: segment.iv_tweak,
    options: [
      ...config.flags.filter((flag) => FLAGS.includes(flag)).map((flag) => flag.replaceAll('-', '_')),
      ...(segment.sector_size === SECTOR ? [] : [`sector_size:${segment.sector_size}`]),
    ],
    slots: slots.map(toSlot),
    digest: { hash: digest.hash, iterations: digest.iterations, salt: digest.salt, digest: digest.digest },
  };
}

function toSlot({ kdf, area, af, key_size }: v.InferOutput<typeof SLOT>): LuksSlot {
  const derivation: LuksDerivation =
    kdf.type === 'pbkdf2'
      ? kdf
      : { type: kdf.type, iterations: kdf.time, memory: kdf.memory, lanes: kdf.cpus, salt: kdf.salt };
  return {
    derivation,
    offset: area.offset,
    cipher: area.encryption,
    areaKeySize: area.key_size,
    keySize: key_size,
    stripes: af.stripes,
    hash: af.hash,
  };
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return [...magic].every((letter, at) => bytes[at] === letter.charCodeAt(0));
}

/** Up to the first zero byte. */
function text(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return decodeUtf8(end < 0 ? field : field.subarray(0, end));
}
