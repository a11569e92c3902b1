/** One repository of a registry: the requests of the distribution specification. */
import type { OutgoingRequest } from '../http/client.ts';
import { type Digest, digestOf, isDigest } from '../oci/digest.ts';
import { MEDIA_TYPES } from '../oci/manifest.ts';
import { type Authorization, authorize, type Credentials } from './authorization.ts';
import { parseChallenges } from './challenge.ts';
import type { Registry } from './registry.ts';
import { registryError } from './registry-error.ts';
import { DamagedError } from './retry.ts';
import { ConnectionError, readBody, type ServerResponse } from './transport.ts';
import { formatUrl, parseUrl, type Url } from './url.ts';

export interface RepositoryOptions {
  /** Such as `library/busybox`. */
  readonly path: string;
  readonly credentials: Credentials;
  /** Such as `repository:library/busybox:pull`. */
  readonly scopes: readonly string[];
}

/** A manifest or index as it came. */
export interface FetchedManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string | undefined;
  readonly digest: Digest;
}

export type RequestOptions = Pick<OutgoingRequest, 'headers' | 'body'>;

const MAXIMUM_ERROR = 64 * 1024;
const MAXIMUM_MANIFEST = 4 * 1024 * 1024;
const ACCEPTED = [
  MEDIA_TYPES.ociIndex,
  MEDIA_TYPES.dockerIndex,
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.dockerManifest,
].join(', ');

/** The scope for doing something in a repository. */
export const repositoryScope = (path: string, ...actions: ('pull' | 'push')[]): string =>
  `repository:${path}:${actions.join(',')}`;

export class Repository {
  readonly registry: Registry;
  readonly #options: RepositoryOptions;
  #authorization: Authorization | undefined;

  constructor(registry: Registry, options: RepositoryOptions) {
    this.registry = registry;
    this.#options = options;
  }

  /** The URL of something in the repository, such as `blobs/uploads/`. */
  url(path: string): Url {
    return { ...this.registry.url, target: `/v2/${this.#options.path}/${path}` };
  }

  /**
   * Sends a request with the authorization that it takes.
   * @throws RegistryError for a status of 400 or more, ConnectionError, NoCredentialsError in Docker's words
   */
  async request(method: string, url: Url, options: RequestOptions = {}): Promise<ServerResponse> {
    const { challenges } = this.registry;
    if (this.#authorization === undefined && challenges.length > 0)
      await this.#authorize(method, url, challenges);
    let response = await this.#send(method, url, options);
    // A token that has run out, or a registry whose first answer asked for nothing. A source of bytes is used up.
    const canRepeat = options.body === undefined || options.body instanceof Uint8Array;
    if (response.status === 401 && canRepeat) {
      const renewed = parseChallenges(response.headers.get('www-authenticate') ?? '');
      const hadAnswer = this.#authorization?.header.startsWith('Basic ') ?? false;
      if (renewed.length > 0 && !hadAnswer) {
        response.close();
        await this.#authorize(method, url, renewed);
        response = await this.#send(method, url, options);
      }
    }
    if (response.status < 400) return response;
    const { status, headers } = response;
    throw registryError(
      status,
      headers,
      method === 'HEAD' ? new Uint8Array(0) : await readBody(response, MAXIMUM_ERROR),
    );
  }

  /** The digest that a tag has now, if the registry tells it without sending the manifest. */
  async manifestDigest(reference: string): Promise<Digest | undefined> {
    const headers = { Accept: ACCEPTED };
    const response = await this.request('HEAD', this.url(`manifests/${reference}`), { headers }).catch(
      () => undefined,
    );
    response?.close();
    const digest = response?.headers.get('docker-content-digest') ?? '';
    return isDigest(digest) ? digest : undefined;
  }

  /** A manifest by tag or digest; one by digest is what was asked for, or else DamagedError is thrown. */
  async manifest(reference: string): Promise<FetchedManifest> {
    const headers = { Accept: ACCEPTED };
    const response = await this.request('GET', this.url(`manifests/${reference}`), { headers });
    const bytes = await readBody(response, MAXIMUM_MANIFEST);
    const digest = digestOf(bytes, host.sha256);
    const promised = isDigest(reference) ? reference : response.headers.get('docker-content-digest');
    if (promised !== undefined && isDigest(promised) && promised !== digest) {
      throw new DamagedError(`manifest verification failed for digest ${promised}`);
    }
    return { bytes, mediaType: response.headers.get('content-type')?.split(';', 1)[0]?.trim(), digest };
  }

  /** A small blob in one piece. */
  async blob(digest: Digest, limit: number): Promise<Uint8Array> {
    const bytes = await readBody(await this.request('GET', this.url(`blobs/${digest}`)), limit);
    if (digestOf(bytes, host.sha256) !== digest) {
      throw new DamagedError(`image config verification failed for digest ${digest}`);
    }
    return bytes;
  }

  async #send(method: string, url: Url, { headers, body }: RequestOptions): Promise<ServerResponse> {
    const isOurs = url.host === this.registry.url.host && url.port === this.registry.url.port;
    const authorization =
      this.#authorization === undefined || !isOurs ? {} : { Authorization: this.#authorization.header };
    return await this.registry.transport.send({
      method,
      url,
      headers: { ...headers, ...authorization },
      ...(body !== undefined && { body }),
    });
  }

  async #authorize(method: string, url: Url, challenges: Parameters<typeof authorize>[1]): Promise<void> {
    const { credentials, scopes } = this.#options;
    const { transport, isMirror } = this.registry;
    // What a person has given for Docker Hub is not for whoever mirrors it.
    const given = isMirror ? {} : credentials;
    try {
      this.#authorization = await authorize(transport, challenges, given, scopes);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'NoCredentialsError') throw error;
      const verb = method.charAt(0) + method.slice(1).toLowerCase();
      throw new ConnectionError(`${verb} "${formatUrl(url)}": ${error.message}`);
    }
  }
}

/** Where an answer says that the next request is to go. Throws FormatError. */
export function locationOf(response: ServerResponse): Url {
  return parseUrl(response.headers.get('location') ?? '', response.url);
}
