/**
 * Manifests and indexes (OCI image-spec, manifest.md and image-index.md; Docker image manifest version 2 schema 2),
 * and the `manifest.json` of `docker save` archives.
 */

import * as v from 'valibot';
import { FormatError } from './errors.ts';
import { digest } from './image-config.ts';
import { integer, parseJson, stringMap } from './json.ts';
import { lookUp } from './look-up.ts';
import { isPlatform, platformName, type WantedPlatform } from './platform.ts';

export const MEDIA_TYPES = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

const LAYER_COMPRESSION: Readonly<Record<string, LayerCompression>> = {
  [MEDIA_TYPES.ociLayer]: 'none',
  [MEDIA_TYPES.ociLayerGzip]: 'gzip',
  [MEDIA_TYPES.ociLayerZstd]: 'zstd',
  [MEDIA_TYPES.dockerLayer]: 'none',
  [MEDIA_TYPES.dockerLayerGzip]: 'gzip',
};

export type LayerCompression = 'none' | 'gzip' | 'zstd';

const platform = v.object({
  architecture: v.string(),
  os: v.string(),
  variant: v.nullish(v.string()),
  'os.version': v.nullish(v.string()),
});

const size = v.pipe(integer, v.minValue(0, 'expected a size that is not negative'));

const descriptor = v.object({
  mediaType: v.string(),
  digest,
  size,
  platform: v.nullish(platform),
  annotations: v.nullish(stringMap),
});

const manifest = v.object({
  schemaVersion: v.literal(2, 'expected 2'),
  mediaType: v.nullish(v.string()),
  config: descriptor,
  layers: v.array(descriptor),
  annotations: v.nullish(stringMap),
});

const index = v.object({
  schemaVersion: v.literal(2, 'expected 2'),
  mediaType: v.nullish(v.string()),
  manifests: v.array(descriptor),
  annotations: v.nullish(stringMap),
});

const archiveManifest = v.array(
  v.object({
    /** Path of the image configuration in the archive. */
    Config: v.string(),
    /** References such as `busybox:latest`. */
    RepoTags: v.nullish(v.array(v.string())),
    /** Paths of the layers' tars in the archive, lowest first. */
    Layers: v.nullish(v.array(v.string())),
    /** By diff id, where the layers came from. */
    LayerSources: v.nullish(v.record(v.string(), descriptor)),
  }),
);

const ociLayout = v.object({
  imageLayoutVersion: v.literal('1.0.0', 'expected "1.0.0"'),
});

export type Platform = v.InferOutput<typeof platform>;
export type Descriptor = v.InferOutput<typeof descriptor>;
export type Manifest = v.InferOutput<typeof manifest>;
export type ManifestIndex = v.InferOutput<typeof index>;
export type ArchiveManifest = v.InferOutput<typeof archiveManifest>;

/** A document that a registry or a layout gives for a reference. */
export type ManifestDocument =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly index: ManifestIndex };

/**
 * Parses a manifest or an index; which of them is told by the media type, or else by the fields.
 * @param mediaType of the response or the descriptor, if known
 */
export function parseManifestDocument(text: string, mediaType?: string): ManifestDocument {
  const what = 'image manifest';
  const probe = parseJson(
    v.looseObject({ schemaVersion: integer, mediaType: v.nullish(v.string()) }),
    text,
    what,
  );
  if (probe.schemaVersion === 1) throw new FormatError(`${what}: schema version 1 is not supported`);
  const type = probe.mediaType ?? mediaType;
  const isIndex = type === undefined ? 'manifests' in probe : isIndexType(type);
  if (
    !isIndex &&
    type !== undefined &&
    type !== MEDIA_TYPES.ociManifest &&
    type !== MEDIA_TYPES.dockerManifest
  ) {
    throw new FormatError(`${what}: media type ${type} is not supported`);
  }
  return isIndex
    ? { kind: 'index', index: parseJson(index, text, 'image index') }
    : { kind: 'manifest', manifest: parseJson(manifest, text, what) };
}

/** Parses the `manifest.json` at the top of a `docker save` archive. */
export function parseArchiveManifest(text: string): ArchiveManifest {
  return parseJson(archiveManifest, text, 'manifest.json');
}

/** Checks the `oci-layout` file that marks an OCI image layout. */
export function checkOciLayout(text: string): void {
  parseJson(ociLayout, text, 'oci-layout');
}

/** Whether the media type is that of an index (Docker: a manifest list). */
export function isIndexType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.ociIndex || mediaType === MEDIA_TYPES.dockerIndex;
}

/** How a layer blob is compressed. */
export function layerCompression(mediaType: string): LayerCompression {
  const compression = lookUp(LAYER_COMPRESSION, mediaType);
  if (/foreign|nondistributable/.test(mediaType)) {
    throw new FormatError(
      `foreign layers are not supported: ${mediaType} is not for registries to distribute`,
    );
  }
  if (compression === undefined) throw new FormatError(`layers of media type ${mediaType} are not supported`);
  return compression;
}

/**
 * The manifest of an index for a platform. Attestations (platform `unknown/unknown`) are never chosen; an entry without
 * a platform is, if no other fits, since layouts with a single image leave it out.
 */
export function pickPlatform({ manifests }: ManifestIndex, wanted: WantedPlatform): Descriptor {
  const fits = manifests.find((entry) => entry.platform != null && isPlatform(entry.platform, wanted));
  const found = fits ?? manifests.find((entry) => entry.platform == null);
  if (found !== undefined) return found;
  const offered = manifests.flatMap(({ platform }) =>
    platform == null || platform.os === 'unknown' ? [] : [platformName(platform)],
  );
  throw new FormatError(
    `no matching manifest for ${platformName(wanted)} in the manifest list entries (${offered.join(', ')})`,
  );
}
