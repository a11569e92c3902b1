/** `docker push`: POST /images/{name}/push. */
import { queryValue } from '../../http/query.ts';
import type { RouteContext } from '../../http/router.ts';
import { errorMessage } from '../../linux/error-report.ts';
import {
  familiarName,
  familiarReference,
  type ImageReference,
  parseReference,
  repositoryName,
  withTag,
} from '../../oci/reference.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { checkPlatform } from '../images/image-platform.ts';
import { isDigestReference } from '../images/image-store.ts';
import { type Push, pushImage } from '../images/push.ts';
import { imagePlatform } from './platform-parameter.ts';
import { ProgressOutput } from './progress-output.ts';
import { requestCredentials } from './registry-auth.ts';

type PushEngine = Pick<Engine, 'images' | 'events' | 'options'>;

/** Pushes one tag of a repository, or all of them. As in Docker, every error is told in the stream. */
export async function push(
  engine: PushEngine,
  { params, request, response, query }: RouteContext,
): Promise<void> {
  const repository = parseReference(params['name'] ?? '');
  const tag = queryValue(query, 'tag') ?? repository.tag ?? '';
  if (repository.digest !== undefined) throw invalidParameter('cannot push a digest reference');
  const wanted = tag === '' ? undefined : withTag(repository, tag);
  const platform = imagePlatform(query);
  const named = wanted && engine.images.withName(familiarReference(wanted));
  if (named !== undefined) checkPlatform(named, familiarName(repository), platform);
  const output = new ProgressOutput(response);
  let current: Push | undefined;
  let hasLeft = false;
  request.onDisconnect(() => {
    hasLeft = true;
    current?.cancel();
  });
  const credentials = requestCredentials(request);
  const settings = engine.options.registries;
  output.push({ status: `The push refers to repository [${repositoryName(repository)}]` });
  try {
    for (const reference of tagsOf(engine, repository, wanted)) {
      if (hasLeft) break;
      const image = engine.images.withName(familiarReference(reference));
      if (image === undefined) throw new Error(`tag does not exist: ${familiarReference(reference)}`);
      current = pushImage(engine.images, image, { reference, credentials, settings }, (line) =>
        output.push(line),
      );
      const { digest, size } = await current.done;
      output.push({ status: `${reference.tag}: digest: ${digest} size: ${size}` });
      output.push({ progressDetail: {}, aux: { Tag: reference.tag, Digest: digest, Size: size } });
      const name = familiarReference(reference);
      engine.events.publish('image', 'push', name, { ...image.labels, name: familiarName(reference) });
    }
  } catch (error) {
    output.fail(errorMessage(error));
  }
  await output.flushed();
}

/** What is to be pushed: the wanted tag, or all that the repository has here. */
function tagsOf(
  { images }: PushEngine,
  repository: ImageReference,
  wanted: ImageReference | undefined,
): ImageReference[] {
  const name = familiarName(repository);
  const tags = [...images.names().keys()]
    .filter((reference) => !isDigestReference(reference))
    .map(parseReference)
    .filter((reference) => familiarName(reference) === name);
  if (tags.length === 0) throw new Error(`An image does not exist locally with the tag: ${name}`);
  return wanted === undefined ? tags : [wanted];
}
