/** `POST /images/create?fromSrc=`: `docker import` of the body, or of a URL. */
import { type Query, queryValue } from '../../http/query.ts';
import type { RouteContext } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { parseReference } from '../../oci/reference.ts';
import { parseUrl } from '../../registry/url.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { importImage } from '../images/import.ts';
import { publishImageEvent } from './image-events.ts';
import { namedPlatform } from './platform-parameter.ts';

/** Makes an image of the archive. An error of the archive is told in the stream, under status 200. */
export async function serveImport(
  engine: Pick<Engine, 'images' | 'events'>,
  { query, request, response }: RouteContext,
): Promise<void> {
  const source = queryValue(query, 'fromSrc') ?? '';
  const repository = queryValue(query, 'repo') ?? '';
  checkName(repository);
  const platform = namedPlatform(query);
  const message = queryValue(query, 'message') || `Imported from ${source}`;
  const download =
    source === '-'
      ? undefined
      : (await import('../../registry/download.ts')).openDownload(
          parseUrl(/^https?:/.test(source) ? source : `http://${source}`),
        );
  // Only then, because it discards what is left of the body.
  if (download !== undefined) request.onDisconnect(() => download.close());
  let answer: object;
  try {
    const image = await importImage(
      engine.images,
      () => (download ?? request).read(),
      message,
      changesOf(query),
      platform,
    );
    if (repository !== '') {
      const name = engine.images.tag(image, repository, queryValue(query, 'tag') ?? '');
      publishImageEvent(engine, image, 'tag', name);
    }
    publishImageEvent(engine, image, 'import');
    answer = { status: image.id };
  } catch (error) {
    const text = errorMessage(error);
    answer = { errorDetail: { message: text }, error: text };
  } finally {
    download?.close();
  }
  await response.startChunked();
  await response.write(encodeUtf8(`${JSON.stringify(answer)}\r\n`));
}

/** The instructions of the parameter `changes`, which may come several times. */
export function changesOf(query: Query): readonly string[] {
  return query.get('changes') ?? [];
}

function checkName(repository: string): void {
  if (repository !== '' && parseReference(repository).digest !== undefined) {
    throw invalidParameter('cannot import digest reference');
  }
}
