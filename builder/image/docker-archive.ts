import { writeTar } from '../tree/tar.ts';
import { file, put, type Tree } from '../tree/tree.ts';
import type { BuiltImage } from './images.ts';

/** An image in the form that `docker load` reads and `docker save` wrote before Docker 25. */
export function dockerArchive(image: BuiltImage): Buffer {
  const archive: Tree = new Map();
  const layers = image.layers.map(({ diffId, tar }) => {
    const path = `${diffId.replace('sha256:', '')}/layer.tar`;
    put(archive, path, file(tar));
    return path;
  });
  const manifest = [{ Config: `${image.id}.json`, RepoTags: [image.reference], Layers: layers }];
  put(archive, `${image.id}.json`, file(image.config));
  put(archive, 'manifest.json', file(JSON.stringify(manifest)));
  return writeTar(archive);
}
