/** What clients send of a person's registry account: the field X-Registry-Auth, and the body of `docker login`. */
import * as v from 'valibot';
import type { HttpRequest } from '../../http/request.ts';
import { decodeBase64 } from '../../linux/base64.ts';
import { decodeUtf8 } from '../../linux/bytes.ts';
import { checkValue } from '../../oci/json.ts';
import type { ImageReference } from '../../oci/reference.ts';
import type { Credentials } from '../../registry/authorization.ts';

/** What clients call Docker Hub. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

const authConfig = v.object({
  username: v.nullish(v.string()),
  password: v.nullish(v.string()),
  /** Base64 of `username:password`, in place of both. */
  auth: v.nullish(v.string()),
  serveraddress: v.nullish(v.string()),
  identitytoken: v.nullish(v.string()),
  registrytoken: v.nullish(v.string()),
});

/** An account as clients send it. Throws FormatError. */
export function parseAuthConfig(value: unknown): Credentials & { readonly serverAddress: string } {
  const config = checkValue(authConfig, value, 'authentication');
  const [username, ...rest] = decodeUtf8(decodeBase64(config.auth ?? '') ?? new Uint8Array(0)).split(':');
  return {
    username: config.username || username || undefined,
    password: config.password || rest.join(':') || undefined,
    identityToken: config.identitytoken || undefined,
    registryToken: config.registrytoken || undefined,
    serverAddress: config.serveraddress ?? '',
  };
}

/** The account for a request. As in Docker, a field that cannot be read is as good as none. */
export function requestCredentials(request: HttpRequest): Credentials {
  const bytes = decodeBase64(request.headers.get('x-registry-auth') ?? '');
  try {
    return parseAuthConfig(JSON.parse(decodeUtf8(bytes ?? new Uint8Array(0))));
  } catch {
    return {};
  }
}

/** The accounts for a build: the field X-Registry-Config has them by registry. One that cannot be read is none. */
export function buildCredentials(request: HttpRequest): (reference: ImageReference) => Credentials {
  const bytes = decodeBase64(request.headers.get('x-registry-config') ?? '');
  let accounts: Readonly<Record<string, unknown>> = {};
  try {
    accounts = checkValue(
      v.record(v.string(), v.unknown()),
      JSON.parse(decodeUtf8(bytes ?? new Uint8Array(0))),
      'X-Registry-Config',
    );
  } catch {
    // As with X-Registry-Auth.
  }
  return ({ domain }) => {
    const account = accounts[domain === 'docker.io' ? DOCKER_HUB : domain];
    try {
      return account === undefined ? {} : parseAuthConfig(account);
    } catch {
      return {};
    }
  };
}
