/** `docker pull`: POST /images/create with `fromImage`. */
import { queryValue } from '../../http/query.ts';
import type { RouteContext } from '../../http/router.ts';
import { isDigest } from '../../oci/digest.ts';
import { hostPlatform, parsePlatform } from '../../oci/manifest.ts';
import {
  familiarName,
  familiarReference,
  type ImageReference,
  parseReference,
  withDefaultTag,
  withDigest,
  withTag,
} from '../../oci/reference.ts';
import type { Engine } from '../engine.ts';
import { pullError } from '../images/pull-error.ts';
import { ProgressOutput } from './progress-output.ts';
import { requestCredentials } from './registry-auth.ts';

type PullEngine = Pick<Engine, 'images' | 'events' | 'options' | 'pulls'>;

/** Pulls an image and tells the client how it goes. An error before there is anything to tell has a status of its own. */
export async function pull(engine: PullEngine, { request, response, query }: RouteContext): Promise<void> {
  const reference = wantedReference(queryValue(query, 'fromImage') ?? '', queryValue(query, 'tag') ?? '');
  const machine = hostPlatform(host.architecture);
  const platform = queryValue(query, 'platform');
  const output = new ProgressOutput(response);
  const ticket = engine.pulls.pull({
    reference,
    platform: platform ? parsePlatform(platform, machine) : machine,
    credentials: requestCredentials(request),
    settings: engine.options.registries,
    report: (line) => output.push(line),
  });
  request.onDisconnect(() => ticket.leave());
  try {
    const { id, digest, isNew } = await ticket.done;
    const name = familiarReference(reference);
    output.push({ status: `Digest: ${digest}` });
    output.push({
      status: `Status: ${isNew ? 'Downloaded newer image' : 'Image is up to date'} for ${name}`,
    });
    engine.events.publish('image', 'pull', name, {
      ...engine.images.get(id).labels,
      name: familiarName(reference),
    });
  } catch (error) {
    const failure = pullError(error, reference);
    if (!output.isStarted) throw failure;
    output.fail(failure.message);
  }
  await output.flushed();
}

/** The parameter `tag` may be a digest as well, and counts more than what stands in the name. */
function wantedReference(fromImage: string, tag: string): ImageReference {
  const reference = parseReference(fromImage);
  if (isDigest(tag)) return withDigest(reference, tag);
  return tag === '' ? withDefaultTag(reference) : withTag(reference, tag);
}
