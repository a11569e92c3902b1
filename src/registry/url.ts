/** The URLs of registries and of what they point to (RFC 3986), as far as HTTP needs them. */
import { FormatError } from '../oci/errors.ts';

export interface Url {
  readonly scheme: 'http' | 'https';
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query, percent-encoded; begins with a slash. */
  readonly target: string;
  /** `user:password`, decoded; never shown. */
  readonly credentials?: string;
}

const ABSOLUTE =
  /^(https?):\/\/(?:([^/?#@]*)@)?(\[[0-9a-fA-F:.]+\]|[^/?#:@[\]]+)(?::(\d{1,5}))?([/?][^#]*)?(?:#.*)?$/i;
const DEFAULT_PORT = { http: 80, https: 443 } as const;

/**
 * Parses a URL.
 * @param base what it is relative to, if it may be relative
 * @throws FormatError
 */
export function parseUrl(text: string, base?: Url): Url {
  const [, scheme, credentials, host, port, target = '/'] = ABSOLUTE.exec(text) ?? [];
  if (scheme === undefined || host === undefined || /[^\x21-\x7e]/.test(text)) {
    if (base !== undefined && /^[\x21-\x7e]*$/.test(text)) return relativeUrl(text, base);
    throw new FormatError(`invalid URL "${text}"`);
  }
  const kind = scheme.toLowerCase() === 'https' ? 'https' : 'http';
  const number = port === undefined ? DEFAULT_PORT[kind] : Number(port);
  if (number < 1 || number > 65535) throw new FormatError(`invalid port in the URL "${text}"`);
  return {
    scheme: kind,
    host: host.replace(/^\[|\]$/g, ''),
    port: number,
    target: target.startsWith('/') ? target : `/${target}`,
    ...(credentials !== undefined && { credentials: decodeURIComponent(credentials) }),
  };
}

/** A path from the root, a query, or a path beside the base's; `..` is left to the server. */
function relativeUrl(text: string, base: Url): Url {
  if (text.startsWith('//')) return parseUrl(`${base.scheme}:${text}`);
  const [basePath = '/'] = base.target.split('?', 1);
  const [reference = ''] = text.split('#', 1);
  if (reference.startsWith('/')) return { ...base, target: reference };
  if (reference.startsWith('?')) return { ...base, target: basePath + reference };
  return { ...base, target: basePath.slice(0, basePath.lastIndexOf('/') + 1) + reference };
}

/** Host and port as in the field `Host`: without the port if it is the scheme's own. */
export function authority({ scheme, host, port }: Url): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === DEFAULT_PORT[scheme] ? name : `${name}:${port}`;
}

/** Host and port, always with both. */
export function hostAndPort({ host, port }: Pick<Url, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The URL as text, without credentials. */
export function formatUrl(url: Url): string {
  return `${url.scheme}://${authority(url)}${url.target}`;
}

/** The URL with parameters added to its query. */
export function withParameters(url: Url, parameters: Readonly<Record<string, string>>): Url {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const separator = url.target.includes('?') ? '&' : '?';
  return pairs.length === 0 ? url : { ...url, target: `${url.target}${separator}${pairs.join('&')}` };
}
