/** Login, search, and what registries have: routes that ask a registry a question. A worker without rights does it. */
import { queryInteger, queryValue } from '../../http/query.ts';
import type { Route, RouteContext } from '../../http/router.ts';
import { becomeNobody } from '../../linux/privileges.ts';
import { parseReference, withDefaultTag } from '../../oci/reference.ts';
import type { DescribedImage } from '../../registry/describe-image.ts';
import type { RegistrySettings } from '../../registry/endpoint.ts';
import type { SearchResult } from '../../registry/search.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { askRegistry, reach } from './ask-registry.ts';
import { parseFilters } from './filters.ts';
import { readJsonBody } from './json-body.ts';
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
  const IdentityToken = await askRegistry(request, 'docker-login', async () => {
    const { logIn, loginDomain } = await import('../../registry/login.ts');
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
  const described: DescribedImage = await askRegistry(request, 'docker-inspect', async () => {
    const { describeImage } = await import('../../registry/describe-image.ts');
    const { Repository, repositoryScope } = await import('../../registry/repository.ts');
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
  const isOfficial = filters.flag('is-official');
  const isAutomated = filters.flag('is-automated');
  const stars = Math.max(0, ...filters.integers('stars'));
  const results: SearchResult[] = await askRegistry(request, 'docker-search', async () => {
    const { searchHub } = await import('../../registry/search.ts');
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
