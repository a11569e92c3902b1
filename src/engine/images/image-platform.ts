/** Which platform an image is for, and whether that is the one that somebody wants. */
import { hostPlatform, platformName, type WantedPlatform } from '../../oci/platform.ts';
import { notFound } from '../errors.ts';
import type { Image } from './image.ts';

/** Whether the image is for the platform; a variant counts if both have one. */
export function fitsPlatform(
  { os, architecture, variant }: Image['config'],
  wanted: WantedPlatform,
): boolean {
  const isVariant = !variant || !wanted.variant || variant === wanted.variant;
  return os === wanted.os && architecture === wanted.architecture && isVariant;
}

/**
 * Throws 404 if the image is for another platform than the one that is wanted.
 * @param name what the client called the image
 */
export function checkPlatform({ config }: Image, name: string, wanted: WantedPlatform | undefined): void {
  if (wanted === undefined || fitsPlatform(config, wanted)) return;
  const platforms = `(${platformName(config)}) does not match the specified platform (${platformName(wanted)})`;
  throw notFound(`image with reference ${name} was found but its platform ${platforms}`);
}

/** What somebody is told who did not say that the image may be for another machine. */
export function platformWarnings({ config }: Image): string[] {
  const machine = hostPlatform(host.architecture);
  if (fitsPlatform(config, machine)) return [];
  const platforms = `(${platformName(config)}) does not match the detected host platform (${platformName(machine)})`;
  return [`The requested image's platform ${platforms} and no specific platform was requested`];
}
