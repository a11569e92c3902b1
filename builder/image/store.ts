/**
 * The store of System Docker as it lies in the root filesystem: images as ready layer directories.
 * docs/architecture.md describes the form.
 */
import { gzipSync } from 'node:zlib';
import { TarReader } from '../../src/oci/tar-reader.ts';
import { readTarSplit, recordTarSplit } from '../../src/oci/tar-split.ts';
import { directory, file, graft, put, type Tree } from '../tree/tree.ts';
import type { BuiltImage } from './images.ts';

export function storeTree(images: readonly BuiltImage[]): Tree {
  const store: Tree = new Map();
  const repositories: Record<string, string> = {};
  const sizes = new Map<string, number>();
  for (const image of images) {
    repositories[image.reference] = `sha256:${image.id}`;
    for (const { diffId, tree, tar } of image.layers) {
      if (sizes.has(diffId)) continue;
      const top = `layers/${diffId.replace('sha256:', '')}`;
      put(store, `${top}/diff`, directory());
      graft(store, `${top}/diff`, tree);
      const record = tarSplit(tar);
      put(store, `${top}/tar-split.gz`, file(gzipSync(record, { level: 9 })));
      sizes.set(diffId, sizeOfFiles(record));
    }
    const layers = image.layers.map(({ diffId }) => diffId);
    // Without the sizes System Docker would find them in the records, while the machine boots.
    const layerSizes = layers.map((diffId) => sizes.get(diffId));
    put(store, `images/${image.id}.json`, file(JSON.stringify({ config: image.config, layers, layerSizes })));
  }
  put(store, 'repositories.json', file(`${JSON.stringify(repositories, null, 2)}\n`));
  return store;
}

/** The archive without the contents of files, from which `docker save` restores it byte by byte. */
function tarSplit(tar: Buffer): Buffer {
  const record: Buffer[] = [];
  const reader = new TarReader(
    recordTarSplit((bytes) => record.push(Buffer.from(bytes)), { entry() {}, data() {}, entryEnd() {} }),
  );
  reader.push(tar);
  reader.end();
  return Buffer.concat(record);
}

/** Bytes in the files of a layer. */
function sizeOfFiles(record: Buffer): number {
  return [...readTarSplit([record])].reduce((sum, item) => sum + (item.kind === 'file' ? item.size : 0), 0);
}
