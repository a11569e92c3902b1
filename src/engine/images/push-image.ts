/**
 * The worker that talks to a registry for `docker push`. It runs as `nobody`: what it uploads is packed for it by others
 * when it asks, since only root may read layers.
 */

import { encodeUtf8 } from '../../linux/bytes.ts';
import { monotonicMilliseconds } from '../../linux/clock.ts';
import { pathAt } from '../../linux/open-in-root.ts';
import { becomeNobody } from '../../linux/privileges.ts';
import { type Digest, digestHex, digestOf } from '../../oci/digest.ts';
import { MEDIA_TYPES } from '../../oci/manifest.ts';
import { type ImageReference, parseReference, repositoryName } from '../../oci/reference.ts';
import type { Credentials } from '../../registry/authorization.ts';
import type { BlobDescriptor } from '../../registry/download-blob.ts';
import { candidatesFor, type RegistrySettings } from '../../registry/endpoint.ts';
import { connectToRegistry } from '../../registry/registry.ts';
import { Repository, repositoryScope } from '../../registry/repository.ts';
import { hasBlob, mountBlob, putManifest, uploadBytes, uploadFile } from '../../registry/upload-blob.ts';
import type { LayerSource } from './layer-sources.ts';

/** A layer of the image, and what registries have called it. */
export interface PushedLayer {
  readonly diffId: Digest;
  readonly sources: readonly LayerSource[];
}

export interface PushOptions {
  /** With a tag. */
  readonly reference: ImageReference;
  readonly id: Digest;
  /** The configuration's text. */
  readonly config: string;
  /** Lowest first. */
  readonly layers: readonly PushedLayer[];
  readonly credentials: Credentials;
  readonly settings: RegistrySettings;
}

/** What the worker tells of the layers; `needed` asks for one to be packed. */
export type PushMessage =
  | { readonly is: 'needed' | 'exists' | 'pushed'; readonly diffId: Digest }
  | { readonly is: 'mounted'; readonly diffId: Digest; readonly from: string }
  | { readonly is: 'pushing'; readonly diffId: Digest; readonly current: number; readonly total: number }
  | { readonly is: 'waiting'; readonly diffId: Digest; readonly seconds: number };

export interface PushResult {
  /** Of the manifest. */
  readonly digest: Digest;
  readonly size: number;
  /** By diff id, what the layers are called now. */
  readonly blobs: readonly (readonly [Digest, BlobDescriptor])[];
}

/** How many blobs of other names are tried before a layer is packed. */
const MAXIMUM_CANDIDATES = 4;
const PARALLEL_UPLOADS = 3;
/** Between two messages about the progress of a blob. */
const REPORT_MILLISECONDS = 100;

/**
 * Pushes an image.
 * @param directory an open directory where packed layers lie by the digits of their digests
 * @param packed gives the next layer that was packed
 */
export async function pushToRegistry(
  options: PushOptions,
  directory: number,
  packed: (diffId: Digest) => Promise<BlobDescriptor>,
  send: (message: PushMessage) => void,
): Promise<PushResult> {
  const { reference, credentials, settings, layers } = options;
  const [candidate] = candidatesFor(reference.domain, settings, false);
  if (candidate === undefined) throw new Error(`no registry for ${reference.domain}`);
  becomeNobody();
  const registry = await connectToRegistry(candidate, settings);
  const origins = [...new Set(layers.flatMap((layer) => otherRepositories(layer, reference)))];
  const repository = new Repository(registry, {
    path: reference.path,
    credentials,
    scopes: [
      repositoryScope(reference.path, 'pull', 'push'),
      ...origins.map((path) => repositoryScope(path, 'pull')),
    ],
  });
  const distinct = [...new Map(layers.map((layer) => [layer.diffId, layer])).values()];
  const blobs = new Map<Digest, BlobDescriptor>();
  const work = async () => {
    for (let layer = distinct.shift(); layer !== undefined; layer = distinct.shift()) {
      const known = await findBlob(repository, layer, reference, send);
      blobs.set(
        layer.diffId,
        known ?? (await uploadLayer(repository, layer.diffId, directory, packed, send)),
      );
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_UPLOADS }, work));
  const config = encodeUtf8(options.config);
  if (!(await hasBlob(repository, options.id))) await uploadBytes(repository, options.id, config);
  const manifest = encodeUtf8(formatManifest(options, config.length, blobs));
  await putManifest(repository, reference.tag ?? '', {
    bytes: manifest,
    mediaType: MEDIA_TYPES.dockerManifest,
  });
  return { digest: digestOf(manifest, host.sha256), size: manifest.length, blobs: [...blobs] };
}

/** Repositories of the same registry that have the layer. */
function otherRepositories({ sources }: PushedLayer, reference: ImageReference): string[] {
  return usable(sources).flatMap(({ repository }) => {
    const { domain, path } = parseReference(repository);
    return domain === reference.domain && path !== reference.path ? [path] : [];
  });
}

/** A blob in a form that the manifest has a name for. */
function usable(sources: readonly LayerSource[]): readonly LayerSource[] {
  const types: readonly string[] = [MEDIA_TYPES.dockerLayerGzip, MEDIA_TYPES.ociLayerGzip];
  return sources.filter(({ mediaType }) => types.includes(mediaType)).slice(0, MAXIMUM_CANDIDATES);
}

/** Looks for the layer under the names that registries have for it: in the repository, then elsewhere in the registry. */
async function findBlob(
  repository: Repository,
  layer: PushedLayer,
  reference: ImageReference,
  send: (message: PushMessage) => void,
): Promise<BlobDescriptor | undefined> {
  const { diffId } = layer;
  const sources = usable(layer.sources);
  const mine = repositoryName(reference);
  const sorted = sources.toSorted((a, b) => Number(b.repository === mine) - Number(a.repository === mine));
  for (const { digest, size } of new Map(sorted.map((source) => [source.digest, source])).values()) {
    if (!(await hasBlob(repository, digest))) continue;
    send({ is: 'exists', diffId });
    return { digest, size };
  }
  for (const { digest, size, repository: origin } of sources) {
    const { domain, path } = parseReference(origin);
    if (domain !== reference.domain || path === reference.path) continue;
    if (!(await mountBlob(repository, digest, path))) continue;
    send({ is: 'mounted', diffId, from: path });
    return { digest, size };
  }
  return undefined;
}

async function uploadLayer(
  repository: Repository,
  diffId: Digest,
  directory: number,
  packed: (diffId: Digest) => Promise<BlobDescriptor>,
  send: (message: PushMessage) => void,
): Promise<BlobDescriptor> {
  send({ is: 'needed', diffId });
  const blob = await packed(diffId);
  if (await hasBlob(repository, blob.digest)) {
    send({ is: 'exists', diffId });
    return blob;
  }
  let reported = Number.NEGATIVE_INFINITY;
  await uploadFile(repository, blob, pathAt(directory, digestHex(blob.digest)), {
    progress: (current) => {
      const now = monotonicMilliseconds();
      if (now - reported < REPORT_MILLISECONDS) return;
      reported = now;
      send({ is: 'pushing', diffId, current, total: blob.size });
    },
    waiting: (seconds) => send({ is: 'waiting', diffId, seconds }),
  });
  send({ is: 'pushed', diffId });
  return blob;
}

/** Docker's manifest, with its white space, so that the same image gets the same digest. */
function formatManifest(
  { id, layers }: PushOptions,
  configSize: number,
  blobs: ReadonlyMap<Digest, BlobDescriptor>,
): string {
  const entries = layers.map(({ diffId }) => {
    const { digest, size } = blobs.get(diffId) ?? { digest: diffId, size: 0 };
    return { mediaType: MEDIA_TYPES.dockerLayerGzip, size, digest };
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.dockerManifest,
    config: { mediaType: MEDIA_TYPES.dockerConfig, size: configSize, digest: id },
    layers: entries,
  };
  return JSON.stringify(manifest, null, 3);
}
