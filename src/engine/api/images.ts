/** `/images/…` of the Engine API. */
import { queryFlag, queryValue } from '../../http/query.ts';
import type { HttpRequest } from '../../http/request.ts';
import type { Route, RouteContext } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { errorMessage } from '../../linux/error-report.ts';
import type { Digest } from '../../oci/digest.ts';
import { platformName } from '../../oci/platform.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter, notFound } from '../errors.ts';
import type { Image } from '../images/image.ts';
import { checkPlatform, fitsPlatform } from '../images/image-platform.ts';
import type { ImageStore } from '../images/image-store.ts';
import { type LoadedImage, loadImages } from '../images/load.ts';
import {
  deleteImage,
  type ImageUser,
  isNeededByImages,
  type Removal,
  removeImage,
  takeNames,
} from '../images/remove-image.ts';
import { chooseImages, saveImages } from '../images/save.ts';
import { type Filters, parseFilters } from './filters.ts';
import { imageHistory, imageInspection, imageSummary } from './image-answers.ts';
import { publishImageEvent } from './image-events.ts';
import { imageUsage } from './image-usage.ts';
import { serveImport } from './import.ts';
import { imageFilter, selectImages } from './list-images.ts';
import { imagePlatform, imagePlatforms } from './platform-parameter.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';

/** What the routes need of the engine. */
type ImageEngine = Pick<Engine, 'images' | 'containers' | 'events' | 'options' | 'pulls'>;

/** How much of an archive is still read after it has turned out to be none, so that the client hears of it. */
const MAXIMUM_DRAIN = 64 * 1024 * 1024;

/** All routes about images. */
export function imageRoutes(engine: ImageEngine): Route[] {
  const { images } = engine;
  const route = (
    method: string,
    template: string,
    handler: (image: Image, context: RouteContext) => Promise<void>,
  ): Route => ({
    method,
    template,
    handler: async (context) => handler(images.get(context.params['name'] ?? ''), context),
  });
  /** A question about an image that may be only for one platform. */
  const ofPlatform = (
    template: string,
    handler: (image: Image, context: RouteContext) => Promise<void>,
  ): Route => ({
    method: 'GET',
    template,
    handler: async (context) => {
      const platform = imagePlatform(context.query);
      const name = context.params['name'] ?? '';
      const image = images.get(name);
      checkPlatform(image, name, platform);
      await handler(image, context);
    },
  });
  return [
    {
      method: 'GET',
      template: '/images/json',
      handler: async ({ query, response, version }) => {
        const selected = selectImages(images, parseFilters(query), queryFlag(query, 'all'));
        const usage = imageUsage(engine);
        const sharesToo = queryFlag(query, 'shared-size');
        await response.json(
          selected.map((selection) => ({
            ...imageSummary(selection, version),
            Containers: usage.containersOf(selection.image),
            ...(sharesToo && { SharedSize: usage.sharedSizeOf(selection.image) }),
          })),
        );
      },
    },
    ofPlatform('/images/{name:.*}/json', (image, { response, version }) =>
      response.json(imageInspection(images, image, version)),
    ),
    ofPlatform('/images/{name:.*}/history', (image, { response }) =>
      response.json(imageHistory(images, image)),
    ),
    route('POST', '/images/{name:.*}/tag', async (image, { query, response }) => {
      const name = images.tag(image, queryValue(query, 'repo') ?? '', queryValue(query, 'tag') ?? '');
      publishImageEvent(engine, image, 'tag', name);
      response.status = 201;
      await response.end();
    }),
    {
      method: 'DELETE',
      template: '/images/{name:.*}',
      handler: async ({ params, query, response }) => {
        const name = params['name'] ?? '';
        imagePlatforms(query, 'platforms'); // An image has one, and Docker removes it then whichever is named.
        const image = images.get(name);
        const usedBy = (id: Digest) => usersOf(engine, id);
        const family = ancestry(images, image);
        const removals = removeImage(images, name, {
          force: queryFlag(query, 'force'),
          keepsParents: queryFlag(query, 'noprune'),
          usedBy,
        });
        publishRemovals(engine, family, removals);
        await response.json(removals);
      },
    },
    { method: 'POST', template: '/images/load', handler: (context) => load(engine, context) },
    {
      method: 'GET',
      template: '/images/get',
      handler: (context) => save(engine, context.query.get('names') ?? [], context),
    },
    {
      method: 'GET',
      template: '/images/{name:.*}/get',
      handler: (context) => save(engine, [context.params['name'] ?? ''], context),
    },
    {
      method: 'POST',
      template: '/images/prune',
      handler: async ({ query, response }) => {
        const filters = parseFilters(query);
        filters.accept(['dangling', 'label', 'label!', 'until']);
        filters.takeOne('until');
        await response.json(prune(engine, filters));
      },
    },
    {
      method: 'POST',
      template: '/images/create',
      handler: (context) =>
        queryValue(context.query, 'fromSrc') ? serveImport(engine, context) : pull(engine, context),
    },
    { method: 'POST', template: '/images/{name:.*}/push', handler: (context) => push(engine, context) },
  ];
}

/** Reads an archive. As in Docker, an error is told in the stream, under status 200. */
async function load(engine: ImageEngine, { query, request, response }: RouteContext): Promise<void> {
  const platform = imagePlatform(query);
  let messages: object[];
  try {
    messages = (await loadImages(engine.images, () => request.read(), platform)).flatMap((loaded) => {
      publishImageEvent(engine, engine.images.get(loaded.id), 'load');
      return loadMessages(loaded).map((stream) => ({ stream }));
    });
  } catch (error) {
    await drain(request);
    const message = errorMessage(error);
    messages = [{ errorDetail: { message }, error: message }];
  }
  await response.startChunked();
  for (const message of messages) await response.write(encodeUtf8(`${JSON.stringify(message)}\r\n`));
}

function loadMessages({ id, names }: LoadedImage): string[] {
  if (names.length === 0) return [`Loaded image ID: ${id}\n`];
  return names.flatMap(({ name, former }) => [
    ...(former === undefined
      ? []
      : [`The image ${name} already exists, renaming the old one with ID ${former} to empty string\n`]),
    `Loaded image: ${name}\n`,
  ]);
}

async function drain(request: HttpRequest): Promise<void> {
  let drained = 0;
  for (
    let data = await request.read();
    data !== null && drained < MAXIMUM_DRAIN;
    data = await request.read()
  ) {
    drained += data.length;
  }
}

async function save(
  engine: ImageEngine,
  names: readonly string[],
  { query, response }: RouteContext,
): Promise<void> {
  const platform = imagePlatform(query);
  if (names.length === 0) throw invalidParameter('no image names given');
  const chosen = chooseImages(engine.images, names);
  if (platform !== undefined && !chosen.every(({ image }) => fitsPlatform(image.config, platform))) {
    throw notFound(`no suitable export target found for platform ${platformName(platform)}`);
  }
  await saveImages(engine.images, chosen, async (bytes) => {
    if (!response.isStarted) await response.startChunked('application/x-tar');
    await response.write(bytes);
  });
  for (const { image } of chosen) publishImageEvent(engine, image, 'save');
}

/** Removes the images that no container uses: those without a name, or with the filter `dangling=false` all. */
function prune(engine: ImageEngine, filters: Filters) {
  const { images } = engine;
  const matches = imageFilter(images, filters);
  const keepsNamed = filters.flag('dangling') ?? true;
  const deleted: Removal[] = [];
  let reclaimed = 0;
  for (const image of images.list().filter(({ isSystem }) => !isSystem)) {
    const names = [...image.references, ...image.digestReferences];
    const isNeeded =
      usersOf(engine, image.id).length > 0 ||
      isNeededByImages(images, image.id) ||
      (keepsNamed && names.length > 0);
    if (isNeeded || !matches(image)) continue;
    const untagged = takeNames(images, names);
    const deletion = deleteImage(images, image);
    const removals = [...untagged, ...deletion.removals];
    publishRemovals(engine, [image], removals);
    deleted.push(...removals);
    reclaimed += deletion.reclaimed;
  }
  engine.events.publish('image', 'prune', '', { reclaimed: String(reclaimed) });
  return { ImagesDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: reclaimed };
}

function usersOf({ containers }: ImageEngine, id: Digest): ImageUser[] {
  return containers.all().filter(({ record }) => record.imageId === id);
}

/** An image with those that it was made from here. */
function ancestry(images: ImageStore, image: Image): Image[] {
  const parent = images.parentOf(image);
  return parent === undefined ? [image] : [image, ...ancestry(images, parent)];
}

/** @param family the image that was to be removed, and those that may have gone with it */
function publishRemovals(engine: ImageEngine, family: readonly Image[], removals: readonly Removal[]): void {
  const [named] = family;
  for (const removal of removals) {
    const image = 'Untagged' in removal ? named : family.find(({ id }) => id === removal.Deleted);
    if (image !== undefined) publishImageEvent(engine, image, 'Untagged' in removal ? 'untag' : 'delete');
  }
}
