import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cached, filesUnder, repository, sourcesOf } from '../cache.ts';
import { megabytes, step } from '../progress.ts';
import { readTar, writeTar } from '../tree/tar.ts';
import { contentSize, directory, type Tree } from '../tree/tree.ts';
import { buildTime, osVersion } from '../versions.ts';
import { assembleTree, packageDigests, sha256 } from './assemble.ts';
import { type ImageDefinition, parseImageDefinition } from './definition.ts';

export const imagesFolder = join(repository, 'os/images');

interface LayerFacts {
  /** `sha256:<hex>` of the tar. */
  readonly diffId: string;
  /** Bytes of the tar as a registry would store it. */
  readonly gzipSize: number;
}

export interface Layer extends LayerFacts {
  readonly tar: Buffer;
  readonly tree: Tree;
}

export interface BuiltImage {
  /** Folder in os/images. */
  readonly name: string;
  readonly reference: string;
  /** Hexadecimal SHA-256 of the configuration. */
  readonly id: string;
  /** Image configuration of the OCI image specification, as text. */
  readonly config: string;
  /** Its part for containers, which an image from this one inherits. */
  readonly containerConfig: ImageDefinition['config'];
  readonly layers: readonly Layer[];
  /** Whether it belongs in the root filesystem. */
  readonly preload: boolean;
}

/** The definitions of all images by folder name. */
export async function readImageDefinitions(): Promise<Map<string, ImageDefinition>> {
  const definitions = new Map<string, ImageDefinition>();
  for (const name of (await readdir(imagesFolder)).sort()) {
    const path = `os/images/${name}/image.yml`;
    definitions.set(name, parseImageDefinition(await readFile(join(repository, path), 'utf8'), path));
  }
  return definitions;
}

/** Builds every image of the OS, or those of these folder names with the images below them. */
export async function buildImages(only?: readonly string[]): Promise<BuiltImage[]> {
  const definitions = await readImageDefinitions();
  const built = new Map<string, BuiltImage>();
  const build = async (name: string, above: readonly string[]): Promise<BuiltImage> => {
    const definition = definitions.get(name);
    if (!definition)
      throw new Error(`${[...above, name].join(' → ')}: there is no os/images/${name}/image.yml`);
    if (above.includes(name)) throw new Error(`images are from each other: ${[...above, name].join(' → ')}`);
    const done = built.get(name);
    if (done) return done;
    const base = definition.from ? await build(definition.from, [...above, name]) : undefined;
    const layer = await buildLayer(name, definition, base?.layers ?? []);
    const image = finishImage(name, definition, layer, base);
    built.set(name, image);
    return image;
  };
  const ofTheOs = [...definitions].filter(([, { onRequest }]) => !onRequest).map(([name]) => name);
  const wanted = only ?? ofTheOs;
  const images: BuiltImage[] = [];
  for (const name of wanted) images.push(await build(name, []));
  return images;
}

async function buildLayer(name: string, definition: ImageDefinition, base: readonly Layer[]): Promise<Layer> {
  const folder = join(imagesFolder, name);
  const inputs = [
    ...(await filesUnder(folder)),
    ...(await packageDigests(definition)),
    ...base.map(({ diffId }) => diffId),
    ...(await sourcesOf(import.meta.url)),
  ];
  const result = await cached(`image-${name}`, inputs, (into) =>
    step(`Assembling the image ${name}`, async () => {
      const below: Tree = new Map();
      for (const { tree } of base) for (const [path, node] of tree) below.set(path, node);
      const full = await assembleTree(definition, below, folder, `os/images/${name}/image.yml`);
      const tar = writeTar(changes(below, full));
      const facts: LayerFacts = {
        diffId: `sha256:${sha256(tar)}`,
        gzipSize: gzipSync(tar, { level: 9 }).length,
      };
      await writeFile(join(into, 'layer.tar'), tar);
      await writeFile(join(into, 'layer.json'), JSON.stringify(facts));
    }),
  );
  const facts = JSON.parse(await readFile(join(result, 'layer.json'), 'utf8')) as LayerFacts;
  const tar = await readFile(join(result, 'layer.tar'));
  return { ...facts, tar, tree: readTar(tar) };
}

/** The nodes that differ from those below, and the directories above them with the attributes they have. */
function changes(below: Tree, full: Tree): Tree {
  const layer: Tree = new Map();
  for (const [path, node] of full) {
    if (below.get(path) === node) continue;
    layer.set(path, node);
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const parent = path.slice(0, at);
      layer.set(parent, full.get(parent) ?? directory());
    }
  }
  return layer;
}

function finishImage(
  name: string,
  definition: ImageDefinition,
  layer: Layer,
  base: BuiltImage | undefined,
): BuiltImage {
  const layers = [...(base?.layers ?? []), layer];
  const containerConfig = { ...base?.containerConfig, ...definition.config };
  const created = new Date(buildTime * 1000).toISOString().replace('.000', '');
  const config = JSON.stringify({
    architecture: 'amd64',
    config: containerConfig,
    created,
    history: layers.map(({ tree }) => ({
      created,
      comment: `paddock ${osVersion}, ${megabytes(contentSize(tree))}`,
    })),
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const { reference } = definition;
  return {
    name,
    reference: reference.includes(':') ? reference : `${reference}:${osVersion}`,
    id: sha256(config),
    config,
    containerConfig,
    layers,
    preload: definition.preload,
  };
}
