/**
 * How we prove to a registry who we are: a password, or a token for one purpose that its token server gives for a
 * password, for an identity token, or to anybody (distribution-spec's token and oauth2 documents).
 */
import * as v from 'valibot';
import { encodeBase64 } from '../linux/base64.ts';
import { decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { parseJson } from '../oci/json.ts';
import type { Challenge } from './challenge.ts';
import { registryError } from './registry-error.ts';
import { readBody, type ServerRequest, type Transport } from './transport.ts';
import { parseUrl, type Url, withParameters } from './url.ts';

/** What a person has given for a registry; all of it may be absent. */
export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Got at an earlier login in place of a password. */
  readonly identityToken?: string | undefined;
  /** A token that is sent as it is. */
  readonly registryToken?: string | undefined;
}

export interface Authorization {
  /** The value of the field Authorization. */
  readonly header: string;
  /** An identity token, if one was asked for and given. */
  readonly refreshToken?: string | undefined;
}

const MAXIMUM_ANSWER = 1024 * 1024;
const CLIENT_ID = 'docker';

const tokenAnswer = v.object({
  token: v.nullish(v.string()),
  access_token: v.nullish(v.string()),
  refresh_token: v.nullish(v.string()),
});

/** There is nothing to answer the registry's challenge with. The words are Docker's. */
export class NoCredentialsError extends Error {
  override readonly name = 'NoCredentialsError';
}

/**
 * Answers the challenges of a registry.
 * @param scopes what is to be done, such as `repository:library/busybox:pull`
 * @param wantsIdentity asks for an identity token, as login does
 * @throws RegistryError if the token server refuses, NoCredentialsError
 */
export async function authorize(
  transport: Transport,
  challenges: readonly Challenge[],
  credentials: Credentials,
  scopes: readonly string[],
  wantsIdentity = false,
): Promise<Authorization> {
  if (credentials.registryToken) return { header: `Bearer ${credentials.registryToken}` };
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  const realm = bearer?.parameters.get('realm');
  if (bearer !== undefined && realm !== undefined) {
    return await fetchToken(transport, bearer, parseUrl(realm), credentials, scopes, wantsIdentity);
  }
  if (!challenges.some(({ scheme }) => scheme === 'basic')) {
    throw new NoCredentialsError('the registry asks for a kind of authorization that is not supported');
  }
  if (!credentials.username) throw new NoCredentialsError('no basic auth credentials');
  return { header: basic(credentials) };
}

function basic({ username = '', password = '' }: Credentials): string {
  return `Basic ${encodeBase64(encodeUtf8(`${username}:${password}`))}`;
}

async function fetchToken(
  transport: Transport,
  { parameters }: Challenge,
  realm: Url,
  credentials: Credentials,
  scopes: readonly string[],
  wantsIdentity: boolean,
): Promise<Authorization> {
  const service = parameters.get('service') ?? '';
  const { identityToken, username } = credentials;
  if (identityToken) {
    const form = {
      service,
      client_id: CLIENT_ID,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      grant_type: 'refresh_token',
      refresh_token: identityToken,
    };
    return await ask(transport, {
      url: realm,
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: encodeUtf8(withParameters({ ...realm, target: '' }, form).target.slice(1)),
    });
  }
  const url = withParameters(realm, {
    ...(service !== '' && { service }),
    ...(username && { account: username }),
    ...(wantsIdentity && { offline_token: 'true', client_id: CLIENT_ID }),
  });
  return await ask(transport, {
    url: scopes.reduce((sum, scope) => withParameters(sum, { scope }), url),
    method: 'GET',
    headers: username ? { Authorization: basic(credentials) } : {},
  });
}

async function ask(transport: Transport, request: ServerRequest): Promise<Authorization> {
  const response = await transport.send(request);
  const body = await readBody(response, MAXIMUM_ANSWER);
  if (response.status >= 400) throw registryError(response.status, response.headers, body);
  const { token, access_token, refresh_token } = parseJson(tokenAnswer, decodeUtf8(body), 'token server');
  const bearer = token || access_token;
  if (!bearer) throw new Error('authorization server did not include a token in the response');
  return { header: `Bearer ${bearer}`, refreshToken: refresh_token ?? undefined };
}
