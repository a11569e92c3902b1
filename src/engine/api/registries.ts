/** Login, search, and what registries have: routes that ask a registry a question. A worker without rights does it. */
import { queryInteger, queryValue } from '../../http/query.ts';
import type { HttpRequest } from '../../http/request.ts';
import type { Route, RouteContext } from '../../http/router.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { becomeNobody } from '../../linux/privileges.ts';
import { startWorker, WorkerError } from '../../linux/worker.ts';
import { parseReference, withDefaultTag } from '../../oci/reference.ts';
import { type DescribedImage, describeImage } from '../../registry/describe-image.ts';
import { candidatesFor, type RegistrySettings } from '../../registry/endpoint.ts';
import { logIn, loginDomain } from '../../registry/login.ts';
import { connectToRegistry, type Registry } from '../../registry/registry.ts';
import { Repository, repositoryScope } from '../../registry/repository.ts';
import { type SearchResult, searchHub } from '../../registry/search.ts';
import type { Engine } from '../engine.ts';
import { EngineError, invalidParameter } from '../errors.ts';
import { parseFilters } from './filters.ts';
import { readJsonBody } from './json-body.ts';
import { flagOf } from './list-images.ts';
import { parseAuthConfig, requestCredentials } from './registry-auth.ts';

const MAXIMUM_RESULTS = 100;
const DEFAULT_RESULTS = 25;

/** All routes that only ask. */
export function registryRoutes({ options: { registries } }: Pick<Engine, 'options'>): Route[] {
  return [
    { method: 'POST', template: '/auth', handler: (context) => login(registries, context) },
    {
      method: 'GET',
      template: '/distribution/{name:.*}/json',
      handler: (context) => inspectDistribution(registries, context),
    },
    { method: 'GET', template: '/images/search', handler: search },
  ];
}

async function login(settings: RegistrySettings, { request, response }: RouteContext): Promise<void> {
  const { serverAddress, ...credentials } = parseAuthConfig(await readJsonBody(request));
  const IdentityToken = await ask(request, 'docker-login', async () => {
    const registry = await reach(loginDomain(serverAddress), settings);
    return await logIn(registry, credentials);
  });
  await response.json({ IdentityToken, Status: 'Login Succeeded' });
}

async function inspectDistribution(
  settings: RegistrySettings,
  { request, response, params }: RouteContext,
): Promise<void> {
  const reference = withDefaultTag(parseReference(params['name'] ?? ''));
  const { domain, path, digest, tag = '' } = reference;
  const credentials = requestCredentials(request);
  const described: DescribedImage = await ask(request, 'docker-inspect', async () => {
    const registry = await reach(domain, settings);
    const scopes = [repositoryScope(path, 'pull')];
    return await describeImage(new Repository(registry, { path, credentials, scopes }), digest ?? tag);
  });
  const { platforms, ...descriptor } = described;
  await response.json({ Descriptor: descriptor, Platforms: platforms });
}

async function search({ request, response, query }: RouteContext): Promise<void> {
  const term = queryValue(query, 'term') ?? '';
  const limit = queryInteger(query, 'limit') ?? DEFAULT_RESULTS;
  if (limit < 1 || limit > MAXIMUM_RESULTS) {
    throw invalidParameter(`limit ${limit} is outside the range of [1, ${MAXIMUM_RESULTS}]`);
  }
  const filters = parseFilters(query);
  filters.accept(['is-automated', 'is-official', 'stars']);
  const isOfficial = flagOf(filters, 'is-official');
  const isAutomated = flagOf(filters, 'is-automated');
  const stars = Math.max(0, ...filters.values('stars').map(Number));
  const results: SearchResult[] = await ask(request, 'docker-search', () => {
    becomeNobody();
    return searchHub(term, limit);
  });
  await response.json(
    results.filter(
      (result) =>
        (isOfficial ?? result.is_official) === result.is_official &&
        (isAutomated ?? result.is_automated) === result.is_automated &&
        result.star_count >= stars,
    ),
  );
}

/** In a worker: gives up its rights and connects to a registry. */
function reach(domain: string, settings: RegistrySettings): Promise<Registry> {
  const [candidate] = candidatesFor(domain, settings, false);
  if (candidate === undefined) throw new Error(`no registry for ${domain}`);
  becomeNobody();
  return connectToRegistry(candidate, settings);
}

/** Runs a question in a worker, which ends when the client goes. */
async function ask<Answer>(
  request: HttpRequest,
  name: string,
  question: () => Promise<Answer>,
): Promise<Answer> {
  const worker = startWorker<never, Answer>({ name }, question);
  request.onDisconnect(() => worker.kill());
  try {
    return await worker.result;
  } catch (error) {
    throw new EngineError(statusOf(error), errorMessage(error), { cause: error });
  }
}

/** Refusals of the registry have the status that says why; everything else is the way there. */
function statusOf(error: unknown): number {
  const message = errorMessage(error);
  if (!(error instanceof WorkerError) || error.kind !== 'RegistryError') return 500;
  if (/\bunauthorized\b|\bno basic auth\b/.test(message)) return 401;
  if (/\bdenied\b/.test(message)) return 403;
  return /\b(manifest|name) unknown\b/.test(message) ? 404 : 500;
}
