/**
 * The worker that talks to a registry for `docker pull`. It runs as `nobody` and trusts nothing: it finds the image and
 * downloads blobs into a directory that it is given. Others unpack them, and compare what is in them with the image's
 * configuration.
 */
import { monotonicMilliseconds } from '../../linux/clock.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { log } from '../../linux/log.ts';
import { pathAt } from '../../linux/open-in-root.ts';
import { becomeNobody } from '../../linux/privileges.ts';
import { type Digest, digestHex } from '../../oci/digest.ts';
import type { WantedPlatform } from '../../oci/platform.ts';
import type { ImageReference } from '../../oci/reference.ts';
import type { Credentials } from '../../registry/authorization.ts';
import { downloadBlob } from '../../registry/download-blob.ts';
import { type Candidate, candidatesFor, type RegistrySettings } from '../../registry/endpoint.ts';
import { type FoundImage, findImage } from '../../registry/find-image.ts';
import { connectToRegistry } from '../../registry/registry.ts';
import { Repository, repositoryScope } from '../../registry/repository.ts';

export interface FetchOptions {
  /** With a tag or a digest. */
  readonly reference: ImageReference;
  readonly platform: WantedPlatform;
  readonly credentials: Credentials;
  readonly settings: RegistrySettings;
  /** What need not be downloaded: ids of images, and diff ids of layers. */
  readonly present: { readonly images: ReadonlySet<Digest>; readonly layers: ReadonlySet<Digest> };
  /** What the registry called the image when it was pulled that has the name now: if it still does, all is there. */
  readonly known: ReadonlySet<Digest> | undefined;
}

/**
 * What the worker tells: that the registry still has the image that is known, or the image, once it is found, and then
 * what becomes of its blobs, by digest.
 */
export type FetchMessage =
  | { readonly is: 'unchanged'; readonly digest: Digest }
  | { readonly is: 'found'; readonly image: FoundImage }
  | { readonly is: 'downloading'; readonly digest: Digest; readonly current: number }
  | { readonly is: 'verifying' | 'downloaded'; readonly digest: Digest }
  | { readonly is: 'waiting'; readonly digest: Digest; readonly seconds: number };

/** As many as Docker downloads at a time. */
const PARALLEL_DOWNLOADS = 3;
/** Between two messages about the progress of a blob. */
const REPORT_MILLISECONDS = 100;

/**
 * Finds an image and downloads its layers but those that are present.
 * @param directory an open directory of `nobody`, where each blob gets a file that is named by the digits of its digest
 */
export async function fetchImage(
  options: FetchOptions,
  directory: number,
  send: (message: FetchMessage) => void,
): Promise<void> {
  const candidates = candidatesFor(options.reference.domain, options.settings, true);
  becomeNobody();
  const found = await findAnywhere(candidates, options);
  if ('unchanged' in found) {
    send({ is: 'unchanged', digest: found.unchanged });
    return;
  }
  const { repository, image } = found;
  send({ is: 'found', image });
  const { present } = options;
  const isPresent = present.images.has(image.id);
  const wanted = isPresent ? [] : image.layers.filter(({ diffId }) => !present.layers.has(diffId));
  const queue = [...new Map(wanted.map((layer) => [layer.digest, layer])).values()];
  const download = async () => {
    for (let blob = queue.shift(); blob !== undefined; blob = queue.shift()) {
      const { digest } = blob;
      let reported = Number.NEGATIVE_INFINITY;
      await downloadBlob(repository, blob, pathAt(directory, digestHex(digest)), {
        progress: (current) => {
          const now = monotonicMilliseconds();
          if (now - reported < REPORT_MILLISECONDS) return;
          reported = now;
          send({ is: 'downloading', digest, current });
        },
        verifying: () => send({ is: 'verifying', digest }),
        waiting: (seconds) => send({ is: 'waiting', digest, seconds }),
      });
      send({ is: 'downloaded', digest });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_DOWNLOADS }, download));
}

/** Asks one candidate after the other; what the last one said counts. */
async function findAnywhere(
  candidates: readonly Candidate[],
  { reference, platform, credentials, settings, known }: FetchOptions,
): Promise<{ unchanged: Digest } | { repository: Repository; image: FoundImage }> {
  const scopes = [repositoryScope(reference.path, 'pull')];
  let failure: unknown;
  for (const candidate of candidates) {
    try {
      const registry = await connectToRegistry(candidate, settings);
      const repository = new Repository(registry, { path: reference.path, credentials, scopes });
      const wanted = reference.digest ?? reference.tag ?? '';
      // HEAD does not count where registries limit how many manifests a client may have in an hour, as Docker Hub does.
      const digest = known !== undefined ? await repository.manifestDigest(wanted) : undefined;
      if (digest !== undefined && known?.has(digest)) return { unchanged: digest };
      const image = await findImage(repository, wanted, platform);
      return { repository, image };
    } catch (error) {
      failure = error;
      if (candidate.isMirror)
        log.info(`${candidate.url.host} has no ${reference.path}: ${errorMessage(error)}`);
    }
  }
  throw failure;
}
