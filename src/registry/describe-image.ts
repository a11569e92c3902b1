/** What a registry has under a name, without downloading it. */
import { decodeUtf8 } from '../linux/bytes.ts';
import { parseImageConfig } from '../oci/image-config.ts';
import { MEDIA_TYPES, type Platform, parseManifestDocument } from '../oci/manifest.ts';
import type { Repository } from './repository.ts';
import { retrying } from './retry.ts';

export interface DescribedImage {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platforms: readonly Platform[];
}

const MAXIMUM_CONFIG = 4 * 1024 * 1024;

/** Describes the manifest or index behind a tag or digest. */
export async function describeImage(repository: Repository, reference: string): Promise<DescribedImage> {
  const fetched = await retrying(() => repository.manifest(reference));
  const document = parseManifestDocument(decodeUtf8(fetched.bytes), fetched.mediaType);
  const isIndex = document.kind === 'index';
  const own = isIndex ? document.index.mediaType : document.manifest.mediaType;
  const { digest, bytes, mediaType } = fetched;
  return {
    mediaType: own ?? mediaType ?? (isIndex ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest),
    digest,
    size: bytes.length,
    platforms: isIndex
      ? document.index.manifests.flatMap(({ platform }) => (platform == null ? [] : [platform]))
      : [await platformOf(repository, document.manifest.config.digest)],
  };
}

async function platformOf(
  repository: Repository,
  config: Parameters<Repository['blob']>[0],
): Promise<Platform> {
  const text = decodeUtf8(await retrying(() => repository.blob(config, MAXIMUM_CONFIG)));
  const { os, architecture, variant } = parseImageConfig(text);
  return { os, architecture, variant };
}
