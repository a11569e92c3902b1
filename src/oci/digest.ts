/** Content digests, `sha256:<64 hex digits>` (OCI image-spec, descriptor.md), and the ids derived from them. */
import { encodeUtf8, toHex } from '../linux/bytes.ts';
import { FormatError } from './errors.ts';

/** A checked digest. SHA-256 is the only algorithm that image stores use. */
export type Digest = `sha256:${string}`;

/** A running SHA-256, supplied by the caller: process 1 has a native one, Node another. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** The 32 bytes; the hash is used up. */
  digest(): Uint8Array;
}

/** Starts a new hash. */
export type NewSha256 = () => Sha256;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Whether the text is a complete, well-formed SHA-256 digest. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** Checks a digest; the errors are those of Docker's go-digest. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const [, algorithm, encoded] = /^([a-z0-9]+(?:[.+_-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/.exec(text) ?? [];
  if (algorithm === undefined || encoded === undefined) {
    throw new FormatError(`invalid checksum digest format: ${text}`);
  }
  if (algorithm !== 'sha256') throw new FormatError(`unsupported digest algorithm: ${text}`);
  if (encoded.length !== 64) throw new FormatError(`invalid checksum digest length: ${text}`);
  throw new FormatError(`invalid checksum digest format: ${text}`);
}

/** The digest of finished hash bytes. */
export function formatDigest(hash: Uint8Array): Digest {
  return `sha256:${toHex(hash)}`;
}

/** The 64 hexadecimal digits of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** The digest of bytes that are in memory. */
export function digestOf(bytes: Uint8Array, newSha256: NewSha256): Digest {
  const hash = newSha256();
  hash.update(bytes);
  return formatDigest(hash.digest());
}

/**
 * The chain id of every layer, lowest first: the identity of a layer together with all layers below it
 * (OCI image-spec, config.md, "Layer ChainID").
 */
export function chainIds(diffIds: readonly Digest[], newSha256: NewSha256): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(encodeUtf8(`${below} ${diffId}`), newSha256));
  }
  return chain;
}
