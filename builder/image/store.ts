/**
 * The store of System Docker as it lies in the root filesystem: images as ready layer directories.
 * docs/architecture.md describes the form.
 */
import { gzipSync } from 'node:zlib';
import { TarReader } from '../../src/oci/tar-reader.ts';
import { recordTarSplit } from '../../src/oci/tar-split.ts';
import { directory, file, graft, put, type Tree } from '../tree/tree.ts';
import type { BuiltImage } from './images.ts';

export function storeTree(images: readonly BuiltImage[]): Tree {
  const store: Tree = new Map();
  const repositories: Record<string, string> = {};
  for (const image of images) {
    repositories[image.reference] = `sha256:${image.id}`;
    const layers = image.layers.map(({ diffId }) => diffId);
    put(store, `images/${image.id}.json`, file(JSON.stringify({ config: image.config, layers })));
    for (const layer of image.layers) {
      const top = `layers/${layer.diffId.replace('sha256:', '')}`;
      if (store.has(top)) continue;
      put(store, `${top}/diff`, directory());
      graft(store, `${top}/diff`, layer.tree);
      put(store, `${top}/tar-split.gz`, file(tarSplit(layer.tar)));
    }
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
  return gzipSync(Buffer.concat(record), { level: 9 });
}
