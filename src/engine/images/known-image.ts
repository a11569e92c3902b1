/** What a pull would find if nothing has changed in the registry. */
import type { Digest } from '../../oci/digest.ts';
import type { WantedPlatform } from '../../oci/platform.ts';
import { familiarReference, type ImageReference, parseReference } from '../../oci/reference.ts';
import type { ImageStore } from './image-store.ts';

export interface KnownImage {
  readonly id: Digest;
  /** What the repository called it when it was pulled. */
  readonly digests: ReadonlySet<Digest>;
}

/** The image that has the name now, if it was pulled and is for the platform that is wanted. */
export function knownImage(
  store: ImageStore,
  reference: ImageReference,
  platform: WantedPlatform,
): KnownImage | undefined {
  const image = store.withName(familiarReference(reference));
  if (image === undefined) return undefined;
  const { os, architecture, variant } = image.config;
  const fits = os === platform.os && architecture === platform.architecture;
  if (!fits || (platform.variant ?? variant) !== variant) return undefined;
  const digests = store.digestReferencesOf(image.id).flatMap((name) => {
    const { digest, domain, path } = parseReference(name);
    return digest !== undefined && domain === reference.domain && path === reference.path ? [digest] : [];
  });
  return digests.length === 0 ? undefined : { id: image.id, digests: new Set(digests) };
}
