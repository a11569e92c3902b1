/**
 * Which images an archive holds, by its documents: `manifest.json` as `docker save` writes it, or else the index of an
 * OCI image layout (image-spec, image-layout.md). Every digest in the documents is checked.
 */
import { decodeUtf8, encodeUtf8 } from '../../linux/bytes.ts';
import { type Digest, digestHex, digestOf } from '../../oci/digest.ts';
import { FormatError } from '../../oci/errors.ts';
import { parseImageConfig } from '../../oci/image-config.ts';
import {
  checkOciLayout,
  type Descriptor,
  parseArchiveManifest,
  parseManifestDocument,
  pickPlatform,
} from '../../oci/manifest.ts';
import { hostPlatform, platformName, type WantedPlatform } from '../../oci/platform.ts';
import { familiarReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import type { ArchivedLayer, ArchiveMembers } from './archive-members.ts';
import { fitsPlatform } from './image-platform.ts';

/** An image whose parts are all there and fit together. */
export interface ArchivedImage {
  readonly id: Digest;
  /** The configuration's text. */
  readonly config: string;
  /** Lowest first. */
  readonly layers: readonly ArchivedLayer[];
  /** Names that the archive gives it, as Docker shows them. */
  readonly references: readonly string[];
}

/** As many as Docker allows. */
const MAXIMUM_LAYERS = 125;
/** An index may list indexes. */
const MAXIMUM_NESTING = 3;
/** The full name of an image: containerd's annotation, written by `docker save`. */
const NAME_ANNOTATION = 'io.containerd.image.name';
/** A tag or, by some tools, a full name (image-spec, annotations.md). */
const REF_NAME_ANNOTATION = 'org.opencontainers.image.ref.name';

/** All images of an archive for this machine, or for a platform. Throws FormatError, also if there are none. */
export function archivedImages(members: ArchiveMembers, platform?: WantedPlatform): ArchivedImage[] {
  if (members.has('manifest.json')) return imagesOfDockerArchive(members, platform);
  if (members.has('index.json')) return imagesOfOciLayout(members, platform);
  throw new FormatError('not an image archive: it has neither a manifest.json nor an index.json');
}

/** Such an archive is for one platform, which need not be said. */
function imagesOfDockerArchive(members: ArchiveMembers, platform?: WantedPlatform): ArchivedImage[] {
  const images = parseArchiveManifest(textOf(members, 'manifest.json')).map(
    ({ Config, Layers, RepoTags }) => {
      const config = members.document(Config);
      const layers = (Layers ?? []).map((path) => members.layer(path));
      return assemble(config, layers, (RepoTags ?? []).map(taggedName));
    },
  );
  if (platform === undefined) return images;
  const wanted = images.filter(({ config }) => fitsPlatform(parseImageConfig(config), platform));
  if (wanted.length > 0) return wanted;
  throw new FormatError(`the archive has no image for the platform ${platformName(platform)}`);
}

function imagesOfOciLayout(
  members: ArchiveMembers,
  platform: WantedPlatform = hostPlatform(host.architecture),
): ArchivedImage[] {
  checkOciLayout(textOf(members, 'oci-layout'));
  const document = parseManifestDocument(textOf(members, 'index.json'));
  if (document.kind !== 'index') throw new FormatError('index.json is not an image index');
  const descriptors = document.index.manifests.filter((descriptor) => fits(descriptor, platform));
  if (descriptors.length === 0) pickPlatform(document.index, platform);
  return descriptors.map((descriptor) => imageOfDescriptor(members, descriptor, platform));
}

function fits({ platform }: Descriptor, host: WantedPlatform): boolean {
  return platform == null || (platform.os === host.os && platform.architecture === host.architecture);
}

function imageOfDescriptor(
  members: ArchiveMembers,
  descriptor: Descriptor,
  platform: WantedPlatform,
  depth = 0,
): ArchivedImage {
  const text = decodeUtf8(blob(members, descriptor.digest));
  const document = parseManifestDocument(text, descriptor.mediaType);
  if (document.kind === 'index') {
    if (depth === MAXIMUM_NESTING) throw new FormatError('image indexes are nested too deeply');
    const { annotations } = descriptor;
    const chosen = pickPlatform(document.index, platform);
    return imageOfDescriptor(members, { ...chosen, annotations }, platform, depth + 1);
  }
  const { config, layers } = document.manifest;
  return assemble(
    blob(members, config.digest),
    layers.map(({ digest }) => layerBlob(members, digest)),
    annotatedNames(descriptor.annotations ?? {}),
  );
}

function assemble(
  configBytes: Uint8Array,
  layers: readonly ArchivedLayer[],
  references: readonly string[],
): ArchivedImage {
  const id = digestOf(configBytes, host.sha256);
  const config = decodeUtf8(configBytes);
  if (digestOf(encodeUtf8(config), host.sha256) !== id) {
    throw new FormatError('image configuration: not UTF-8');
  }
  const { os, rootfs } = parseImageConfig(config);
  if (os !== 'linux') throw new FormatError(`cannot load ${os} image on linux`);
  const diffIds = rootfs.diff_ids ?? [];
  if (diffIds.length !== layers.length) {
    throw new FormatError(
      `invalid manifest, layers length mismatch: expected ${diffIds.length}, got ${layers.length}`,
    );
  }
  if (layers.length > MAXIMUM_LAYERS) throw new FormatError('max depth exceeded');
  for (const [index, { diffId }] of layers.entries()) {
    if (diffId === diffIds[index]) continue;
    throw new FormatError(
      `layer ${index + 1} of image ${id} is ${diffId}, but its configuration names ${diffIds[index]}`,
    );
  }
  return { id, config, layers, references };
}

function textOf(members: ArchiveMembers, path: string): string {
  return decodeUtf8(members.document(path));
}

const blobPath = (digest: Digest) => `blobs/sha256/${digestHex(digest)}`;

function blob(members: ArchiveMembers, digest: Digest): Uint8Array {
  const bytes = members.document(blobPath(digest));
  checkDigest(digest, digestOf(bytes, host.sha256));
  return bytes;
}

function layerBlob(members: ArchiveMembers, digest: Digest): ArchivedLayer {
  const layer = members.layer(blobPath(digest));
  checkDigest(digest, layer.digest);
  return layer;
}

function checkDigest(expected: Digest, actual: Digest): void {
  if (actual !== expected) throw new FormatError(`blob ${expected} is damaged: its digest is ${actual}`);
}

/** The familiar form of a name that must have a tag. */
function taggedName(name: string): string {
  const reference = parseReference(name);
  if (reference.tag === undefined || reference.digest !== undefined) {
    throw new FormatError(`invalid tag "${name}"`);
  }
  return familiarReference(reference);
}

/** What annotations of a descriptor call the image. A tag alone is no name, and neither is what tools make up. */
function annotatedNames(annotations: Readonly<Record<string, string>>): string[] {
  const name = annotations[NAME_ANNOTATION] ?? annotations[REF_NAME_ANNOTATION] ?? '';
  if (!/[:/]/.test(name)) return [];
  try {
    const reference = parseReference(name);
    return reference.digest === undefined ? [familiarReference(withDefaultTag(reference))] : [];
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
}
