/** Which servers stand for the registry of a reference, and how they are reached. */
import { parseAddress } from '../linux/ip-address.ts';
import { type Certificates, readCertificates } from './certificates.ts';
import { isInNetwork } from './networks.ts';
import { resolveHost } from './resolve.ts';
import { authority, parseUrl, type Url } from './url.ts';

export interface RegistrySettings {
  /** Registries `host` or `host:port`, and networks in CIDR form, that are reached without certificates or without TLS. */
  readonly insecureRegistries: readonly string[];
  /** URLs of mirrors of Docker Hub, to be tried first. */
  readonly mirrors: readonly string[];
  /** Where certificates for registries lie, such as `/etc/docker/certs.d`. */
  readonly certificatesDirectory: string;
}

/** A server to try. */
export interface Endpoint {
  /** Its root, without a path. */
  readonly url: Url;
  readonly isMirror: boolean;
  readonly isInsecure: boolean;
  readonly certificates: Certificates;
}

/** Docker Hub by the name that references have for it, and by the name of its server. */
const HUB = 'docker.io';
const HUB_SERVER = 'registry-1.docker.io';
/** Networks that are always insecure: this machine. */
export const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1/128'];

/** Servers that may stand for a registry; whether they are insecure may depend on their addresses. */
export interface Candidate {
  readonly url: Url;
  readonly isMirror: boolean;
  readonly certificates: Certificates;
}

/**
 * The servers for a registry's domain. Reads certificates, so it is to be called with the rights to do so.
 * @param withMirrors for reading; mirrors are not written to
 * @throws FormatError
 */
export function candidatesFor(domain: string, settings: RegistrySettings, withMirrors: boolean): Candidate[] {
  const mirrors = withMirrors && domain === HUB ? settings.mirrors.map((text) => parseUrl(text)) : [];
  const server = parseUrl(`https://${domain === HUB ? HUB_SERVER : domain}`);
  return [...mirrors, server].map((url) => ({
    url,
    isMirror: url !== server,
    certificates: readCertificates(settings.certificatesDirectory, authority(url)),
  }));
}

/** The ways to reach a candidate, best first: one that is insecure may speak plain HTTP as well. */
export async function endpointsOf(candidate: Candidate, settings: RegistrySettings): Promise<Endpoint[]> {
  const { url } = candidate;
  const isInsecure = await isInsecureRegistry(url, settings.insecureRegistries);
  const endpoint = { ...candidate, isInsecure };
  if (!isInsecure || url.scheme === 'http') return [endpoint];
  const plainPort = /:\d+$/.test(authority(url)) ? url.port : 80;
  return [endpoint, { ...endpoint, url: { ...url, scheme: 'http', port: plainPort } }];
}

async function isInsecureRegistry(url: Url, listed: readonly string[]): Promise<boolean> {
  const names = [authority(url), url.host, `${url.host}:${url.port}`];
  if (listed.some((entry) => names.includes(entry))) return true;
  const addresses =
    parseAddress(url.host) !== undefined ? [url.host] : await resolveHost(url.host).catch(() => []);
  const networks = [...LOOPBACK, ...listed];
  return addresses.some((address) => networks.some((network) => isInNetwork(address, network)));
}
