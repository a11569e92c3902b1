import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { parseHostKey } from './openssh-key.ts';

const field = (part: string | Buffer) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return Buffer.concat([length, Buffer.from(part)]);
};

/** As OpenSSH's PROTOCOL.key has it. */
function openssh(parts: readonly (string | Buffer)[], cipher = 'none'): string {
  const inner = Buffer.concat([
    Buffer.alloc(8),
    ...parts.map(field),
    field('comment'),
    Buffer.from([1, 2, 3]),
  ]);
  const head = ['none', ''].map(field);
  const bytes = [Buffer.from('openssh-key-v1\0'), field(cipher), ...head, Buffer.from([0, 0, 0, 1])];
  const base64 = Buffer.concat([...bytes, field('public'), field(inner)]).toString('base64');
  const lines = base64.replace(/(.{70})/g, '$1\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

test('an Ed25519 key', () => {
  const pair = Buffer.alloc(64, 7);
  const { kind, content } = parseHostKey(openssh(['ssh-ed25519', pair.subarray(32), pair]));
  assert.equal(kind, 'ed25519');
  assert.deepEqual(Buffer.from(content), Buffer.concat([field('ssh-ed25519'), field(pair)]));
});

test('an ECDSA key', () => {
  const parts = ['ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 4), Buffer.alloc(32, 5)];
  const { kind, content } = parseHostKey(openssh(parts));
  assert.equal(kind, 'ecdsa');
  assert.deepEqual(Buffer.from(content), Buffer.concat(parts.map(field)));
});

test('an RSA key, in both forms', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const jwk = privateKey.export({ format: 'jwk' });
  const number = (text = '') => {
    const bytes = Buffer.from(text, 'base64url');
    return (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  };
  const [n, e, d, p, q] = [jwk.n, jwk.e, jwk.d, jwk.p, jwk.q].map(number);
  const expected = Buffer.concat(['ssh-rsa', e ?? '', n ?? '', d ?? '', p ?? '', q ?? ''].map(field));
  const plain = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  assert.deepEqual(Buffer.from(parseHostKey(plain).content), expected);
  const packed = openssh(['ssh-rsa', n ?? '', e ?? '', d ?? '', number(jwk.qi), p ?? '', q ?? '']);
  assert.deepEqual(Buffer.from(parseHostKey(packed).content), expected);
});

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['a text', 'ssh-ed25519 AAAA me', /expected -----BEGIN OPENSSH/],
  ['a passphrase', openssh([], 'aes256-ctr'), /it asks for a passphrase/],
  ['a DSA key', openssh(['ssh-dss', 'x']), /keys of type ssh-dss are not supported/],
  ['half a key', openssh(['ssh-ed25519', 'x', 'y']), /it is no private key that can be read/],
  ['nonsense', '-----BEGIN RSA PRIVATE KEY-----\nMAAC\n-----END', /it is no private key that can be read/],
];

for (const [what, text, message] of REFUSED)
  test(`${what} is refused`, () => {
    assert.throws(() => parseHostKey(text), { message });
  });
