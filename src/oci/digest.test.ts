import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { chainIds, digestHex, digestOf, formatDigest, isDigest, parseDigest, type Sha256 } from './digest.ts';

const HEX = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

function newSha256(): Sha256 {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

test('a digest is formatted, recognised and taken apart', () => {
  const digest = digestOf(Buffer.from('abc'), newSha256);
  assert.equal(digest, `sha256:${HEX}`);
  assert.equal(formatDigest(Buffer.from(HEX, 'hex')), digest);
  assert.ok(isDigest(digest));
  assert.equal(parseDigest(digest), digest);
  assert.equal(digestHex(digest), HEX);
});

test('a wrong digest is refused for its reason', () => {
  assert.throws(() => parseDigest(HEX), { message: `invalid checksum digest format: ${HEX}` });
  assert.throws(() => parseDigest('sha256:abc'), { message: 'invalid checksum digest length: sha256:abc' });
  assert.throws(() => parseDigest('md5:abc'), { message: 'unsupported digest algorithm: md5:abc' });
  assert.throws(() => parseDigest(`sha256:${HEX.toUpperCase()}`), /invalid checksum digest format/);
});

test('chain ids cover all layers below', () => {
  const a = digestOf(Buffer.from('a'), newSha256);
  const b = digestOf(Buffer.from('b'), newSha256);
  const c = digestOf(Buffer.from('c'), newSha256);
  const ab = `sha256:${createHash('sha256').update(`${a} ${b}`).digest('hex')}`;
  const abc = `sha256:${createHash('sha256').update(`${ab} ${c}`).digest('hex')}`;
  assert.deepEqual(chainIds([a, b, c], newSha256), [a, ab, abc]);
  assert.deepEqual(chainIds([], newSha256), []);
});
