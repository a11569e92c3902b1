/** `docker save`: images of the store become an archive that every engine can load. */
import { encodeUtf8 } from '../../linux/bytes.ts';
import { O, open } from '../../linux/file-descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { isFullId, parseReference, repositoryName } from '../../oci/reference.ts';
import { tarEntry, tarHeader, tarPadding, tarTrailer } from '../../oci/tar-writer.ts';
import { BufferedOutput } from '../buffered-output.ts';
import { drainWorker } from '../worker-pipes.ts';
import { archiveDocuments, blobPath, type SavedImage } from './archive-documents.ts';
import { type Image, readImageFile } from './image.ts';
import { fullName, type ImageStore, isDigestReference } from './image-store.ts';
import { layerTar, tarSize } from './restore-layer.ts';

/** An image with the names that it is saved under. */
interface ChosenImage {
  readonly image: Image;
  readonly references: readonly string[];
}

/** Something the archive holds under its digest. */
interface Blob {
  readonly digest: Digest;
  readonly size: number;
  /** Seconds since 1970. */
  readonly time: number;
  content(): Iterable<Uint8Array>;
}

/**
 * The images that a person named: by a name with a tag, by a repository's name for all of its tags, or by id, which
 * saves the image without a name. Throws EngineError 404.
 */
export function chooseImages(store: ImageStore, names: readonly string[]): ChosenImage[] {
  const chosen = new Map<Digest, { image: Image; references: Set<string> }>();
  const choose = (image: Image, ...references: string[]) => {
    const entry = chosen.get(image.id) ?? { image, references: new Set() };
    for (const reference of references) entry.references.add(reference);
    chosen.set(image.id, entry);
  };
  for (const name of names) {
    const tags = taggedWith(store, name);
    for (const [reference, image] of tags) choose(image, reference);
    if (tags.length > 0) continue;
    const image = store.get(name);
    const isName = !name.startsWith('sha256:') && store.withName(fullName(name)) === image;
    if (isName && !isDigestReference(fullName(name))) choose(image, fullName(name));
    else choose(image);
  }
  return [...chosen.values()].map(({ image, references }) => ({ image, references: [...references].sort() }));
}

/** The images of a repository, if the name is that of one and has no tag. */
function taggedWith(store: ImageStore, name: string): [reference: string, image: Image][] {
  if (name.startsWith('sha256:') || isFullId(name)) return [];
  const wanted = parseReference(name);
  if (wanted.tag !== undefined || wanted.digest !== undefined) return [];
  return [...store.names()].flatMap(([reference, id]) => {
    const isWanted =
      !isDigestReference(reference) && repositoryName(parseReference(reference)) === repositoryName(wanted);
    return isWanted ? [[reference, store.get(id)]] : [];
  });
}

/**
 * Writes the archive of the images.
 * @param write takes it piece by piece; if it rejects, the rest is not made
 * @throws WorkerError if a layer is damaged; the archive is then incomplete
 */
export async function saveImages(
  store: ImageStore,
  images: readonly ChosenImage[],
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const unpin = store.pinLayers(images.flatMap(({ image }) => image.layers));
  try {
    const files = images.map(({ image }) => open(image.path, O.RDONLY));
    await drainWorker('docker-save', write, (output) => writeArchive(output, store, images, files), files);
  } finally {
    unpin();
  }
}

/** The worker. */
function writeArchive(
  fd: number,
  store: ImageStore,
  chosen: readonly ChosenImage[],
  imageFiles: readonly number[],
): void {
  const output = new BufferedOutput(fd);
  const blobs = new Map<Digest, Blob>();
  const images = chosen.map((choice, index) => collectImage(store, choice, imageFiles[index] ?? -1, blobs));
  const { files, manifests } = archiveDocuments(images, host.sha256);
  for (const [digest, bytes] of manifests) blobs.set(digest, documentBlob(digest, bytes, 0));
  for (const path of ['blobs/', 'blobs/sha256/'])
    output.write(tarHeader(tarEntry({ path, type: 'directory' })));
  for (const blob of [...blobs.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1))) {
    const { size, time } = blob;
    const mtime = { seconds: time, nanoseconds: 0 };
    output.write(tarHeader(tarEntry({ path: blobPath(blob.digest), type: 'file', size, mtime })));
    for (const piece of blob.content()) output.write(piece);
    output.write(tarPadding(size));
  }
  for (const [path, bytes] of files) {
    output.write(tarHeader(tarEntry({ path, type: 'file', size: bytes.length })));
    output.write(bytes);
    output.write(tarPadding(bytes.length));
  }
  output.write(tarTrailer());
  output.flush();
}

/** Adds the configuration and the layers of an image to the blobs. Its file is open: it may have been removed since. */
function collectImage(
  store: ImageStore,
  { image, references }: ChosenImage,
  file: number,
  blobs: Map<Digest, Blob>,
): SavedImage {
  const config = encodeUtf8(readImageFile(`/proc/self/fd/${file}`).config);
  blobs.set(image.id, documentBlob(image.id, config, image.created));
  const layers = image.layers.map((diffId) => {
    const directory = store.layers.directory(diffId);
    const size = blobs.get(diffId)?.size ?? tarSize(directory);
    blobs.set(diffId, {
      digest: diffId,
      size,
      time: image.created,
      content: () => layerTar(directory, diffId),
    });
    return { diffId, size };
  });
  return { id: image.id, config, layers, references: references.map(parseReference) };
}

function documentBlob(digest: Digest, bytes: Uint8Array, time: number): Blob {
  return { digest, size: bytes.length, time, content: () => [bytes] };
}
