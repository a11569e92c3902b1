/**
 * Private host keys as ssh-keygen(1) writes them, turned into dropbear's own form. OpenSSH's is in its PROTOCOL.key, that of
 * RSA keys by themselves in RFC 8017, appendix A.1.2, and dropbear's in its signkey.c, rsa.c, ecdsa.c and ed25519.c.
 */
import { decodeBase64 } from '../../linux/base64.ts';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../linux/bytes.ts';

export type HostKeyKind = 'rsa' | 'ecdsa' | 'ed25519';

/** A key, in the form of a file of dropbear. */
export interface HostKey {
  readonly kind: HostKeyKind;
  readonly content: Uint8Array;
}

const MAGIC = 'openssh-key-v1\0';
const UNUSABLE = 'it is no private key that can be read';
const ED25519_SIZE = 64;

/** Throws an Error if the text is no key, or if it asks for a passphrase. */
export function parseHostKey(text: string): HostKey {
  const match = /-----BEGIN (OPENSSH|RSA) PRIVATE KEY-----([^-]+)-----END/.exec(text);
  if (match === null)
    throw new Error('expected -----BEGIN OPENSSH PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----');
  const [, form, body = ''] = match;
  if (/ENCRYPTED/.test(body)) throw new Error('it asks for a passphrase');
  const bytes = decodeBase64(body.replace(/\s/g, ''));
  if (bytes === undefined) throw new Error(UNUSABLE);
  return form === 'RSA' ? parseRsa(bytes) : parseOpenssh(bytes);
}

function parseOpenssh(bytes: Uint8Array): HostKey {
  const outer = new FieldReader(bytes);
  if (decodeUtf8(outer.take(MAGIC.length)) !== MAGIC) throw new Error(UNUSABLE);
  if (decodeUtf8(outer.field()) !== 'none') throw new Error('it asks for a passphrase');
  outer.field(); // how the passphrase becomes a key
  outer.field(); // options of that
  outer.take(4); // how many keys there are: always one
  outer.field(); // the public half
  const inner = new FieldReader(outer.field());
  inner.take(8); // the same number twice, by which a wrong passphrase shows
  const type = inner.field();
  const name = decodeUtf8(type);
  if (name === 'ssh-rsa') {
    const [n, e, d, , p, q] = [1, 2, 3, 4, 5, 6].map(() => inner.field());
    return { kind: 'rsa', content: fields([type, e, n, d, p, q]) };
  }
  if (name === 'ssh-ed25519') {
    inner.field(); // the public half, which is in the private one as well
    const pair = inner.field();
    if (pair.length !== ED25519_SIZE) throw new Error(UNUSABLE);
    return { kind: 'ed25519', content: fields([type, pair]) };
  }
  if (name.startsWith('ecdsa-sha2-nistp'))
    return { kind: 'ecdsa', content: fields([type, inner.field(), inner.field(), inner.field()]) };
  throw new Error(`keys of type ${name} are not supported`);
}

/** A sequence of integers in DER: version, n, e, d, p, q, and what follows from them. */
function parseRsa(bytes: Uint8Array): HostKey {
  const reader = new FieldReader(bytes);
  reader.element(0x30, false);
  const [, n, e, d, p, q] = [1, 2, 3, 4, 5, 6].map(() => reader.element(0x02, true));
  return { kind: 'rsa', content: fields([encodeUtf8('ssh-rsa'), e, n, d, p, q]) };
}

/** Each behind its length (RFC 4251, section 5); integers in DER and here are the same bytes. */
function fields(parts: readonly (Uint8Array | undefined)[]): Uint8Array {
  return concatBytes(
    parts.flatMap((part = new Uint8Array()) => {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, part.length);
      return [length, part];
    }),
  );
}

class FieldReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(count: number): Uint8Array {
    const end = this.#position + count;
    if (end > this.#bytes.length) throw new Error(UNUSABLE);
    const part = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return part;
  }

  #number(size: number): number {
    return this.take(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** What stands behind its length of four bytes. */
  field(): Uint8Array {
    return this.take(this.#number(4));
  }

  /** What a DER element holds (X.690), or nothing but its head. */
  element(tag: number, hasContent: boolean): Uint8Array {
    if (this.#number(1) !== tag) throw new Error(UNUSABLE);
    const short = this.#number(1);
    const length = short < 0x80 ? short : this.#number(short & 0x7f);
    return this.take(hasContent ? length : 0);
  }
}
