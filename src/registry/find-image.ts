/** From a tag or digest to one image: through indexes to the manifest for a platform, and to the configuration. */
import { decodeUtf8 } from '../linux/bytes.ts';
import type { Digest } from '../oci/digest.ts';
import { FormatError } from '../oci/errors.ts';
import { type ImageConfig, parseImageConfig } from '../oci/image-config.ts';
import {
  type Descriptor,
  layerCompression,
  MEDIA_TYPES,
  parseManifestDocument,
  pickPlatform,
} from '../oci/manifest.ts';
import type { WantedPlatform } from '../oci/platform.ts';
import type { Repository } from './repository.ts';
import { retrying } from './retry.ts';

export interface FoundImage {
  /** Of what the tag means: the index, if it is one. */
  readonly digest: Digest;
  /** The configuration's digest: the image's id. */
  readonly id: Digest;
  /** The configuration's text. */
  readonly config: string;
  /** Lowest first; as many as the configuration has diff ids. */
  readonly layers: readonly (Descriptor & { readonly diffId: Digest })[];
}

const MAXIMUM_CONFIG = 4 * 1024 * 1024;
/** As many as Docker allows. */
const MAXIMUM_LAYERS = 125;
/** An index may list indexes. */
const MAXIMUM_NESTING = 3;
const CONFIG_TYPES: readonly string[] = [MEDIA_TYPES.ociConfig, MEDIA_TYPES.dockerConfig];

/**
 * Finds an image.
 * @param reference a tag or a digest
 * @throws FormatError for what is no image for this engine, RegistryError, ConnectionError, DamagedError
 */
export async function findImage(
  repository: Repository,
  reference: string,
  platform: WantedPlatform,
): Promise<FoundImage> {
  const top = await retrying(() => repository.manifest(reference));
  let fetched = top;
  for (let depth = 0; ; depth++) {
    const document = parseManifestDocument(decodeUtf8(fetched.bytes), fetched.mediaType);
    if (document.kind === 'manifest') {
      const { config, layers } = document.manifest;
      return { digest: top.digest, ...(await readImage(repository, config, layers)) };
    }
    if (depth === MAXIMUM_NESTING) throw new FormatError('image indexes are nested too deeply');
    const chosen = pickPlatform(document.index, platform);
    fetched = await retrying(() => repository.manifest(chosen.digest));
  }
}

async function readImage(repository: Repository, config: Descriptor, layers: readonly Descriptor[]) {
  if (!CONFIG_TYPES.includes(config.mediaType)) {
    throw new FormatError(`not an image: its configuration has the media type ${config.mediaType}`);
  }
  for (const { mediaType } of layers) layerCompression(mediaType);
  if (layers.length > MAXIMUM_LAYERS) throw new FormatError('max depth exceeded');
  const bytes = await retrying(() => repository.blob(config.digest, MAXIMUM_CONFIG));
  const text = decodeUtf8(bytes);
  const diffIds = diffIdsOf(parseImageConfig(text));
  if (diffIds.length !== layers.length) {
    throw new FormatError(
      `the image has ${layers.length} layers, but its configuration names ${diffIds.length}`,
    );
  }
  return {
    id: config.digest,
    config: text,
    layers: layers.map((layer, index) => ({ ...layer, diffId: diffIds[index] ?? layer.digest })),
  };
}

function diffIdsOf({ os, rootfs }: ImageConfig): readonly Digest[] {
  if (os !== 'linux') {
    throw new FormatError(
      `image operating system "${os}" cannot be used on this platform: operating system is not supported`,
    );
  }
  return rootfs.diff_ids ?? [];
}
