/** `docker load`: an archive of images becomes images of the store. */
import { exists, makeDirectory, removeTree, rename, writeFile } from '../../linux/file.ts';
import { O, oDirectory, withFile } from '../../linux/file-descriptor.ts';
import { call } from '../../linux/syscall.ts';
import { type Digest, digestHex } from '../../oci/digest.ts';
import type { WantedPlatform } from '../../oci/platform.ts';
import { TarReader } from '../../oci/tar-reader.ts';
import { feedWorker } from '../worker-pipes.ts';
import { ArchiveMembers } from './archive-members.ts';
import { type ArchivedImage, archivedImages } from './archived-images.ts';
import { decompress } from './decompress.ts';
import { formatImageFile } from './image.ts';
import type { ImageStore, StagedImage } from './image-store.ts';

export interface LoadedImage {
  readonly id: Digest;
  /** Names that it has now, as Docker shows them, with the image that had the name before. */
  readonly names: readonly { readonly name: string; readonly former: Digest | undefined }[];
}

/**
 * Loads all images of an archive, or none. The archive may be compressed.
 * @param readBody gives the archive piece by piece, null at its end; if it rejects, nothing is loaded
 * @param platform only images for it; without it, of several images of a name the one for this machine
 * @throws FormatError for an archive that is none or is damaged, WorkerError if it cannot be unpacked
 */
export async function loadImages(
  store: ImageStore,
  readBody: () => Promise<Uint8Array | null>,
  platform?: WantedPlatform,
): Promise<LoadedImage[]> {
  const staging = store.scratch.create();
  try {
    const staged = await feedWorker('docker-load', readBody, (input) =>
      stageArchive(input, staging, platform),
    );
    const loaded = staged.map(({ id, references }) => ({
      id,
      names: references.map((name) => ({ name, former: formerImage(store, name, id) })),
    }));
    store.adopt(staging, staged);
    return loaded;
  } finally {
    store.scratch.discard(staging);
  }
}

function formerImage(store: ImageStore, name: string, id: Digest): Digest | undefined {
  const former = store.withName(name)?.id;
  return former === id ? undefined : former;
}

/** The worker: unpacks the archive into the staging directory, in the form that the store takes over. */
function stageArchive(fd: number, staging: string, platform?: WantedPlatform): StagedImage[] {
  const members = new ArchiveMembers(`${staging}/unpacked`);
  const reader = new TarReader(members);
  decompress(fd, (bytes) => reader.push(bytes));
  reader.end();
  makeDirectory(`${staging}/layers`);
  makeDirectory(`${staging}/images`);
  const images = archivedImages(members, platform).map((image) => stageImage(staging, image));
  removeTree(`${staging}/unpacked`);
  withFile(staging, O.RDONLY | oDirectory(), (directory) => call('syncfs', directory));
  return images;
}

function stageImage(staging: string, { id, config, layers, references }: ArchivedImage): StagedImage {
  const diffIds = layers.map(({ diffId }) => diffId);
  const layerSizes = layers.map(({ size }) => size);
  for (const { diffId, directory } of layers) {
    const target = `${staging}/layers/${digestHex(diffId)}`;
    // The same layer may be there several times, in one image or in several.
    if (!exists(target)) rename(directory, target);
  }
  writeFile(
    `${staging}/images/${digestHex(id)}.json`,
    formatImageFile({ config, layers: diffIds, layerSizes }),
  );
  return { id, layers: diffIds, references };
}
