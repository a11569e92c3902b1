/** `docker pull`: POST /images/create with `fromImage`. */
import { queryValue } from '../../http/query.ts';
import type { HttpRequest } from '../../http/request.ts';
import type { RouteContext } from '../../http/router.ts';
import { isDigest } from '../../oci/digest.ts';
import { hostPlatform } from '../../oci/platform.ts';
import {
  familiarName,
  familiarReference,
  type ImageReference,
  parseReference,
  withDigest,
  withTag,
} from '../../oci/reference.ts';
import type { Engine } from '../engine.ts';
import type { PullOptions } from '../images/pull.ts';
import { pullError } from '../images/pull-error.ts';
import type { PullTicket } from '../images/pulls.ts';
import type { ProgressLine } from '../progress.ts';
import { askRegistry, reach } from './ask-registry.ts';
import { namedPlatform } from './platform-parameter.ts';
import { ProgressOutput } from './progress-output.ts';
import { requestCredentials } from './registry-auth.ts';

type PullEngine = Pick<Engine, 'images' | 'events' | 'options' | 'pulls'>;

/** Pulls an image and tells the client how it goes. An error before there is anything to tell has a status of its own. */
export async function pull(engine: PullEngine, { request, response, query }: RouteContext): Promise<void> {
  const repository = parseReference(queryValue(query, 'fromImage') ?? '');
  const wanted = wantedReference(repository, queryValue(query, 'tag') ?? '');
  const output = new ProgressOutput(response);
  const settings = engine.options.registries;
  const options = {
    platform: namedPlatform(query) ?? hostPlatform(host.architecture),
    credentials: requestCredentials(request),
    settings,
    report: (line: ProgressLine) => output.push(line),
  };
  let ticket: PullTicket | undefined;
  let hasLeft = false;
  request.onDisconnect(() => {
    hasLeft = true;
    ticket?.leave();
  });
  try {
    let isAnyNew = false;
    for (const reference of wanted ? [wanted] : await allTags(request, repository, options)) {
      if (hasLeft) break;
      ticket = engine.pulls.pull({ ...options, reference });
      const { id, digest, isNew } = await ticket.done;
      isAnyNew ||= isNew;
      output.push({ status: `Digest: ${digest}` });
      const { labels } = engine.images.get(id);
      const name = familiarName(reference);
      engine.events.publish('image', 'pull', familiarReference(reference), { ...labels, name });
    }
    const result = isAnyNew ? 'Downloaded newer image' : 'Image is up to date';
    output.push({ status: `Status: ${result} for ${familiarReference(wanted ?? repository)}` });
  } catch (error) {
    const failure = pullError(error, wanted ?? repository);
    if (!output.isStarted) throw failure;
    output.fail(failure.message);
  }
  await output.flushed();
}

/** The parameter `tag` may be a digest as well, and counts more than what stands in the name. Undefined: all tags. */
function wantedReference(repository: ImageReference, tag: string): ImageReference | undefined {
  if (isDigest(tag)) return withDigest(repository, tag);
  if (tag !== '') return withTag(repository, tag);
  return repository.tag === undefined && repository.digest === undefined ? undefined : repository;
}

async function allTags(
  request: HttpRequest,
  repository: ImageReference,
  { credentials, settings }: Pick<PullOptions, 'credentials' | 'settings'>,
): Promise<ImageReference[]> {
  const { domain, path } = repository;
  const tags = await askRegistry(request, 'docker-pull', async () => {
    const { listTags } = await import('../../registry/list-tags.ts');
    const { Repository, repositoryScope } = await import('../../registry/repository.ts');
    const registry = await reach(domain, settings);
    return await listTags(
      new Repository(registry, { path, credentials, scopes: [repositoryScope(path, 'pull')] }),
    );
  });
  return tags.map((tag) => withTag(repository, tag));
}
