import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from './errors.ts';
import {
  familiarReference,
  formatReference,
  idPrefix,
  isFullId,
  parseReference,
  shortId,
  withDefaultTag,
  withDigest,
  withTag,
} from './reference.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}` as const;

/** Input, normal form, familiar form. */
const VALID: [string, string, string][] = [
  ['busybox', 'docker.io/library/busybox', 'busybox'],
  ['busybox:1.36', 'docker.io/library/busybox:1.36', 'busybox:1.36'],
  ['docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
  ['index.docker.io/library/busybox', 'docker.io/library/busybox', 'busybox'],
  ['user/app:v1', 'docker.io/user/app:v1', 'user/app:v1'],
  ['library/a/b', 'docker.io/library/a/b', 'library/a/b'],
  ['localhost/app', 'localhost/app', 'localhost/app'],
  ['registry:5000/busybox:frozen', 'registry:5000/busybox:frozen', 'registry:5000/busybox:frozen'],
  ['127.0.0.1:5000/bb', '127.0.0.1:5000/bb', '127.0.0.1:5000/bb'],
  ['[::1]:5000/bb', '[::1]:5000/bb', '[::1]:5000/bb'],
  ['Registry/bb', 'Registry/bb', 'Registry/bb'],
  ['a__b/c--d.e_f', 'docker.io/a__b/c--d.e_f', 'a__b/c--d.e_f'],
  [`busybox@${DIGEST}`, `docker.io/library/busybox@${DIGEST}`, `busybox@${DIGEST}`],
  [`busybox:1@${DIGEST}`, `docker.io/library/busybox:1@${DIGEST}`, `busybox:1@${DIGEST}`],
  ['registry:5000', 'docker.io/library/registry:5000', 'registry:5000'],
];

test('references have a normal and a familiar form', () => {
  for (const [text, normal, familiar] of VALID) {
    assert.equal(formatReference(parseReference(text)), normal, text);
    assert.equal(familiarReference(parseReference(text)), familiar, text);
    assert.deepEqual(parseReference(normal), parseReference(text), text);
  }
});

const INVALID: [string, string][] = [
  ['', 'invalid reference format'],
  ['a:', 'invalid reference format'],
  [':1', 'invalid reference format'],
  ['a//b', 'invalid reference format'],
  ['a b', 'invalid reference format'],
  ['-a', 'invalid reference format'],
  ['a..b', 'invalid reference format'],
  ['a:b:c', 'invalid reference format'],
  [`a:${'t'.repeat(129)}`, 'invalid reference format'],
  ['a@sha256:abcd', 'invalid reference format'],
  ['x'.repeat(5000), 'invalid reference format'],
  ['Busybox', 'invalid reference format: repository name (library/Busybox) must be lowercase'],
  ['user/App:1', 'invalid reference format: repository name (user/App) must be lowercase'],
  ['a/'.repeat(150).slice(0, -1), 'repository name must not be more than 255 characters'],
  [`a@sha256:${'a'.repeat(40)}`, `invalid checksum digest length: sha256:${'a'.repeat(40)}`],
  ['a'.repeat(64), `invalid repository name (${'a'.repeat(64)}), cannot specify 64-byte hexadecimal strings`],
];

test('what is not a reference is refused in Docker’s words', () => {
  for (const [text, message] of INVALID) assert.throws(() => parseReference(text), { message }, text);
});

test('tags and digests are set', () => {
  const busybox = parseReference('busybox');
  assert.equal(familiarReference(withDefaultTag(busybox)), 'busybox:latest');
  assert.equal(familiarReference(withDefaultTag(parseReference('busybox:1'))), 'busybox:1');
  assert.equal(familiarReference(withDefaultTag(withDigest(busybox, DIGEST))), `busybox@${DIGEST}`);
  assert.equal(familiarReference(withTag(parseReference(`busybox:1@${DIGEST}`), '2')), 'busybox:2');
  assert.throws(() => withTag(busybox, '.x'), { message: 'invalid tag format' });
});

test('ids are told from names', () => {
  assert.equal(idPrefix('sha256:beef'), 'beef');
  assert.equal(idPrefix('beef'), 'beef');
  assert.equal(idPrefix('busybox'), undefined);
  assert.ok(isFullId(DIGEST) && isFullId('ab'.repeat(32)) && !isFullId('abab'));
  assert.equal(shortId(DIGEST), 'abababababab');
});

test('any text either parses or is refused with a FormatError, and what parses round-trips', () => {
  const alphabet = 'aZ09._-/:@[]é ~lo';
  let seed = 1;
  const random = (limit: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % limit;
  };
  let valid = 0;
  for (let round = 0; round < 20000; round += 1) {
    const text = Array.from({ length: random(12) }, () => alphabet[random(alphabet.length)]).join('');
    try {
      const reference = parseReference(text);
      assert.deepEqual(parseReference(familiarReference(reference)), reference, text);
      valid += 1;
    } catch (error) {
      assert.ok(error instanceof FormatError, `${text}: ${error}`);
    }
  }
  assert.ok(valid > 100);
});
