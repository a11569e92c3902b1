/** Trying an account, for `docker login`. */
import { errorMessage } from '../linux/error-report.ts';
import { authorize, type Credentials } from './authorization.ts';
import type { Registry } from './registry.ts';
import { RegistryError, registryError } from './registry-error.ts';
import { readBody } from './transport.ts';
import { formatUrl } from './url.ts';

const MAXIMUM_ERROR = 64 * 1024;

/** The domain of a registry by the address that `docker login` has for it: a URL or a host; none means Docker Hub. */
export function loginDomain(serverAddress: string): string {
  const host = serverAddress.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return ['', 'index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
}

/**
 * Asks the registry whether it takes an account.
 * @returns an identity token to be kept in place of the password, or nothing if the registry gives none
 * @throws RegistryError if it does not
 */
export async function logIn(registry: Registry, credentials: Credentials): Promise<string> {
  const { transport, challenges } = registry;
  const url = { ...registry.url, target: '/v2/' };
  if (challenges.length === 0) return '';
  try {
    const authorization = await authorize(transport, challenges, credentials, [], true);
    const headers = { Authorization: authorization.header };
    const response = await transport.send({ method: 'GET', url, headers });
    const body = await readBody(response, MAXIMUM_ERROR);
    if (response.status >= 400) throw registryError(response.status, response.headers, body);
    return authorization.refreshToken ?? '';
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    throw new RegistryError(`login attempt to ${formatUrl(url)} failed: ${errorMessage(error)}`, error);
  }
}
