/**
 * Image references: `[domain/]path[:tag][@digest]`, with the grammar, the defaults and the error texts of
 * github.com/distribution/reference, which clients know from Docker.
 */
import { type Digest, parseDigest } from './digest.ts';
import { FormatError } from './errors.ts';

/** A reference in normal form: `busybox` is `{ domain: 'docker.io', path: 'library/busybox' }`. */
export interface ImageReference {
  readonly domain: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const DEFAULT_DOMAIN = 'docker.io';
const LEGACY_DEFAULT_DOMAIN = 'index.docker.io';
const OFFICIAL_PREFIX = 'library/';
const DEFAULT_TAG = 'latest';
const MAX_PATH_LENGTH = 255;
/** Longer than any valid reference; keeps hostile input away from the regular expressions. */
const MAX_REFERENCE_LENGTH = 2048;

const DOMAIN_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH_COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const PATH = `${PATH_COMPONENT}(?:/${PATH_COMPONENT})*`;
const TAG_TEXT = '[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}';
const DIGEST_TEXT = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';

const REFERENCE = new RegExp(`^(${DOMAIN})/(${PATH})(?::(${TAG_TEXT}))?(?:@(${DIGEST_TEXT}))?$`);
const TAG = new RegExp(`^${TAG_TEXT}$`);
const FULL_ID = /^[a-f0-9]{64}$/;
const ID_PREFIX = /^(?:sha256:)?([a-f0-9]{1,64})$/;

/** Parses what a person or a client wrote and fills in Docker Hub's domain and `library/`; adds no tag. */
export function parseReference(text: string): ImageReference {
  if (FULL_ID.test(text)) {
    throw new FormatError(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  if (text.length > MAX_REFERENCE_LENGTH) throw new FormatError('invalid reference format');
  const { domain, remainder } = splitDomain(text);
  const name = remainder.split(':', 1)[0] ?? '';
  if (name.toLowerCase() !== name) {
    throw new FormatError(`invalid reference format: repository name (${name}) must be lowercase`);
  }
  const [, host, path, tag, digest] = REFERENCE.exec(`${domain}/${remainder}`) ?? [];
  if (host === undefined || path === undefined) throw new FormatError('invalid reference format');
  if (path.length > MAX_PATH_LENGTH) {
    throw new FormatError(`repository name must not be more than ${MAX_PATH_LENGTH} characters`);
  }
  return {
    domain: host,
    path,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest: parseDigest(digest) }),
  };
}

/** Separates the registry's domain from the rest, which is where `user/image` and `host/image` are told apart. */
function splitDomain(text: string): { domain: string; remainder: string } {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const looksLikeDomain = first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first;
  const given = looksLikeDomain ? first : DEFAULT_DOMAIN;
  const rest = looksLikeDomain ? text.slice(slash + 1) : text;
  const domain = given === LEGACY_DEFAULT_DOMAIN ? DEFAULT_DOMAIN : given;
  const isOfficial = domain === DEFAULT_DOMAIN && !rest.includes('/');
  return { domain, remainder: isOfficial ? OFFICIAL_PREFIX + rest : rest };
}

/** The reference with `:latest` if it has neither tag nor digest. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  return { ...reference, tag: DEFAULT_TAG };
}

/** The same repository with this tag and no digest. */
export function withTag(reference: ImageReference, tag: string): ImageReference {
  if (!TAG.test(tag)) throw new FormatError('invalid tag format');
  return { domain: reference.domain, path: reference.path, tag };
}

/** The same repository with this digest and no tag. */
export function withDigest(reference: ImageReference, digest: Digest): ImageReference {
  return { domain: reference.domain, path: reference.path, digest };
}

/** The repository in full: `docker.io/library/busybox`. */
export function repositoryName(reference: ImageReference): string {
  return `${reference.domain}/${reference.path}`;
}

/** The repository as Docker shows it: `busybox`, `user/app`, `ghcr.io/user/app`. */
export function familiarName(reference: ImageReference): string {
  if (reference.domain !== DEFAULT_DOMAIN) return repositoryName(reference);
  if (!reference.path.startsWith(OFFICIAL_PREFIX)) return reference.path;
  const name = reference.path.slice(OFFICIAL_PREFIX.length);
  return name.includes('/') ? reference.path : name;
}

/** The whole reference in full, such as `docker.io/library/busybox:latest`. */
export function formatReference(reference: ImageReference): string {
  return repositoryName(reference) + suffix(reference);
}

/** The whole reference as Docker shows and lists it, such as `busybox:latest`. */
export function familiarReference(reference: ImageReference): string {
  return familiarName(reference) + suffix(reference);
}

function suffix({ tag, digest }: ImageReference): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}

/**
 * The hexadecimal digits if the text can be an id or the beginning of one, with or without `sha256:`.
 * A short one may also be a repository name (`beef`): names are to be tried first.
 */
export function idPrefix(text: string): string | undefined {
  return ID_PREFIX.exec(text)?.[1];
}

/** Whether the text is a complete id: 64 hexadecimal digits, with or without `sha256:`. */
export function isFullId(text: string): boolean {
  return idPrefix(text)?.length === 64;
}

/** The twelve digits that Docker shows of an id, with or without `sha256:`. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
