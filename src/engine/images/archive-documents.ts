/**
 * The documents of an image archive as Docker writes it since version 25: an OCI image layout (image-spec,
 * image-layout.md) that is a `docker save` archive of older versions as well, by its `manifest.json`.
 */
import { encodeUtf8 } from '../../linux/bytes.ts';
import { type Digest, digestHex, digestOf, type NewSha256 } from '../../oci/digest.ts';
import { MEDIA_TYPES } from '../../oci/manifest.ts';
import {
  familiarName,
  familiarReference,
  formatReference,
  type ImageReference,
} from '../../oci/reference.ts';

/** An image to be saved. */
export interface SavedImage {
  readonly id: Digest;
  readonly config: Uint8Array;
  /** Lowest first, with the sizes of their tars. */
  readonly layers: readonly { readonly diffId: Digest; readonly size: number }[];
  /** With tags. */
  readonly references: readonly ImageReference[];
}

interface BlobDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

export interface ArchiveDocuments {
  /** Texts by path in the archive, in the order of their names; blobs are not among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The image manifests by digest. */
  readonly manifests: ReadonlyMap<Digest, Uint8Array>;
}

/** Where a blob lies in the archive. */
export function blobPath(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

/** All documents but the images' configurations. */
export function archiveDocuments(images: readonly SavedImage[], newSha256: NewSha256): ArchiveDocuments {
  const manifests = new Map<Digest, Uint8Array>();
  const descriptors: object[] = [];
  for (const image of images) {
    const manifest = json(imageManifest(image));
    const digest = digestOf(manifest, newSha256);
    manifests.set(digest, manifest);
    const descriptor = { mediaType: MEDIA_TYPES.ociManifest, digest, size: manifest.length };
    if (image.references.length === 0) descriptors.push(descriptor);
    for (const reference of image.references) {
      const annotations = {
        'io.containerd.image.name': formatReference(reference),
        'org.opencontainers.image.ref.name': reference.tag,
      };
      descriptors.push({ ...descriptor, annotations });
    }
  }
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: descriptors };
  const files = new Map([
    ['index.json', json(index)],
    ['manifest.json', json(images.map(archiveManifestItem))],
    ['oci-layout', encodeUtf8('{"imageLayoutVersion": "1.0.0"}')],
    ['repositories', json(repositories(images))],
  ]);
  return { files, manifests };
}

function imageManifest({ id, config, layers }: SavedImage) {
  return {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: { mediaType: MEDIA_TYPES.ociConfig, digest: id, size: config.length },
    layers: layers.map(({ diffId, size }) => layerDescriptor(diffId, size)),
  };
}

function layerDescriptor(digest: Digest, size: number): BlobDescriptor {
  return { mediaType: MEDIA_TYPES.ociLayer, digest, size };
}

/** An item of `manifest.json`, with its fields in Docker's order. */
function archiveManifestItem({ id, layers, references }: SavedImage) {
  const sources = layers.map(({ diffId, size }) => {
    return [diffId, { mediaType: MEDIA_TYPES.ociLayer, size, digest: diffId }] as const;
  });
  return {
    Config: blobPath(id),
    RepoTags: references.length === 0 ? null : references.map(familiarReference),
    Layers: layers.map(({ diffId }) => blobPath(diffId)),
    LayerSources: Object.fromEntries(sources),
  };
}

/** Repository → tag → the uppermost layer, for readers of before 2014. */
function repositories(images: readonly SavedImage[]) {
  const names: Record<string, Record<string, string>> = {};
  for (const { layers, references } of images) {
    const top = layers.at(-1)?.diffId;
    for (const reference of references) {
      const { tag } = reference;
      if (tag === undefined || top === undefined) continue;
      const tags = names[familiarName(reference)] ?? {};
      names[familiarName(reference)] = { ...tags, [tag]: digestHex(top) };
    }
  }
  return names;
}

function json(value: unknown): Uint8Array {
  return encodeUtf8(JSON.stringify(value));
}
