/** Writing the configuration of a new image: of a layer more than its parent's, or of a first one. */
import type { ContainerConfig } from './container-config.ts';
import type { Digest } from './digest.ts';
import type { ImageConfig, ImageHistory } from './image-config.ts';
import type { WantedPlatform } from './platform.ts';

/** The digest of a tar without entries: such a layer is left out. */
export const EMPTY_LAYER: Digest = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

export interface NewImage {
  readonly parent: ImageConfig | undefined;
  /** What the image is for; that of the parent if there is one. */
  readonly platform: WantedPlatform;
  readonly config: ContainerConfig;
  /** RFC 3339. */
  readonly created: string;
  readonly author?: string | undefined;
  readonly comment?: string | undefined;
  /** What made the new layer. */
  readonly createdBy: string;
  /** The new layer; undefined if there is none. */
  readonly diffId: Digest | undefined;
}

/** The text of the configuration, whose digest is the image's id. */
export function newImageConfig(image: NewImage): string {
  const { parent, created, diffId } = image;
  const author = image.author || parent?.author || '';
  const hasLayer = diffId !== undefined && diffId !== EMPTY_LAYER;
  const step: ImageHistory = {
    created,
    ...(image.createdBy && { created_by: image.createdBy }),
    ...(author && { author }),
    ...(image.comment && { comment: image.comment }),
    ...(!hasLayer && { empty_layer: true }),
  };
  const { os, architecture, variant } = parent ?? image.platform;
  const osVersion = parent?.['os.version'];
  return JSON.stringify({
    architecture,
    ...(variant && { variant }),
    ...(author && { author }),
    ...(image.comment && { comment: image.comment }),
    config: withoutEmptyFields(image.config),
    created,
    history: [...(parent?.history ?? []), step],
    os,
    ...(osVersion && { 'os.version': osVersion }),
    rootfs: {
      type: 'layers',
      diff_ids: [...(parent?.rootfs.diff_ids ?? []), ...(hasLayer ? [diffId] : [])],
    },
  });
}

/** Of the fields only what says something; those about a single container do not belong to an image. */
function withoutEmptyFields(config: ContainerConfig): ContainerConfig {
  const { Hostname, Domainname, Image, AttachStdin, AttachStdout, AttachStderr, MacAddress, ...rest } =
    config;
  const isEmpty = (value: unknown) =>
    value == null ||
    value === '' ||
    value === false ||
    (typeof value === 'object' && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => !isEmpty(value)));
}
