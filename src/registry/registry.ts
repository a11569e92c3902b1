/** A registry that answers: found among its endpoints by a first request to `/v2/`. */
import { errorMessage } from '../linux/error-report.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { type Candidate, type Endpoint, endpointsOf, type RegistrySettings } from './endpoint.ts';
import { ConnectionError, openTransport, type Transport } from './transport.ts';
import type { Url } from './url.ts';

export interface Registry {
  /** Its root, without a path. */
  readonly url: Url;
  readonly isMirror: boolean;
  readonly transport: Transport;
  /** What it wants to know of whoever comes. */
  readonly challenges: readonly Challenge[];
}

/** Connects to a candidate. Throws ConnectionError: of the last way tried if several were. */
export async function connectToRegistry(candidate: Candidate, settings: RegistrySettings): Promise<Registry> {
  const endpoints = await endpointsOf(candidate, settings);
  let failure: unknown;
  for (const endpoint of endpoints) {
    try {
      return await ping(endpoint);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      failure = error;
    }
  }
  throw failure ?? new Error(errorMessage(undefined));
}

async function ping({ url, isMirror, isInsecure, certificates }: Endpoint): Promise<Registry> {
  const transport = openTransport({ certificates, isInsecure });
  const response = await transport.send({ method: 'GET', url: { ...url, target: '/v2/' } });
  response.close();
  const challenges =
    response.status === 401 ? parseChallenges(response.headers.get('www-authenticate') ?? '') : [];
  return { url, isMirror, transport, challenges };
}
