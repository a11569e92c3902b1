/**
 * The images of the engine: its own in `<root>/images`, which come and go, and those of the operating system, which are
 * read-only and looked into second. docs/architecture.md describes the files.
 */
import { errorMessage } from '../../linux/error-report.ts';
import {
  exists,
  makeDirectories,
  readDirectory,
  removeIfExists,
  rename,
  syncDirectory,
} from '../../linux/file.ts';
import { log } from '../../linux/log.ts';
import { type Digest, digestHex, isDigest } from '../../oci/digest.ts';
import {
  familiarReference,
  idPrefix,
  isFullId,
  parseReference,
  withDefaultTag,
  withDigest,
  withTag,
} from '../../oci/reference.ts';
import { conflict, invalidParameter, notFound } from '../errors.ts';
import { Scratch } from '../scratch.ts';
import { Image } from './image.ts';
import { ImageHolds } from './image-holds.ts';
import { LayerPins } from './layer-pins.ts';
import { LAYER_FILES, LayerStore } from './layer-store.ts';
import { type Repositories, readRepositories, writeRepositories } from './repositories.ts';

/** An image that a worker has made in a directory of the scratch: `layers/<hex>/…` and `images/<hex>.json`. */
export interface StagedImage {
  readonly id: Digest;
  readonly layers: readonly Digest[];
  /** Names to give it, as Docker shows them. */
  readonly references: readonly string[];
}

export class ImageStore {
  readonly scratch: Scratch;
  readonly layers: LayerStore;
  readonly holds = new ImageHolds();
  readonly #directory: string;
  readonly #repositoriesFile: string;
  readonly #pins = new LayerPins((diffIds) => this.#removeUnused(diffIds));
  readonly #own = new Map<Digest, Image>();
  readonly #system = new Map<Digest, Image>();
  readonly #systemRepositories: Repositories;
  #repositories: Repositories;

  /**
   * Opens the store, and makes it if there is none. What a crash has left incomplete is removed.
   * @param systemRoot the root of the operating system's store, in the same form
   */
  constructor(root: string, systemRoot?: string) {
    this.scratch = new Scratch(root);
    this.scratch.clear();
    this.layers = new LayerStore(root, systemRoot, this.scratch);
    this.#directory = `${root}/images`;
    this.#repositoriesFile = `${root}/repositories.json`;
    makeDirectories(this.#directory, 0o700);
    this.#readOwnImages();
    if (systemRoot !== undefined) this.#readSystemImages(`${systemRoot}/images`);
    this.#systemRepositories =
      systemRoot === undefined ? new Map() : readRepositories(`${systemRoot}/repositories.json`);
    this.#repositories = this.#withoutDangling(readRepositories(this.#repositoriesFile));
  }

  /** All images, the newest first. */
  list(): Image[] {
    return this.#all().sort((a, b) => b.created - a.created || (a.id < b.id ? -1 : 1));
  }

  /** The images that were made from others here, by the ids of those. */
  children(): ReadonlyMap<Digest, readonly Image[]> {
    const children = new Map<Digest, Image[]>();
    for (const image of this.#own.values()) {
      if (image.parent === undefined) continue;
      const siblings = children.get(image.parent);
      if (siblings === undefined) children.set(image.parent, [image]);
      else siblings.push(image);
    }
    return children;
  }

  /** The image that this one was made from, if it is still there. */
  parentOf(image: Image): Image | undefined {
    return image.parent === undefined ? undefined : this.#byId(image.parent);
  }

  /** The images that are not part of the operating system. */
  ownImages(): Image[] {
    return [...this.#own.values()];
  }

  /** The ids of all images. */
  ids(): Set<Digest> {
    return new Set([...this.#system.keys(), ...this.#own.keys()]);
  }

  /**
   * Finds an image by name (without a tag: `latest`), by id, or by the unique beginning of an id.
   * Throws EngineError 404, and FormatError if it can be neither a name nor an id.
   */
  get(nameOrId: string): Image {
    const image = this.find(nameOrId);
    if (image !== undefined) return image;
    const isId = isDigest(nameOrId) || isFullId(nameOrId);
    throw notFound(`No such image: ${isId ? nameOrId : fullName(nameOrId)}`);
  }

  /** Like `get`, but undefined if there is none. */
  find(nameOrId: string): Image | undefined {
    const prefix = idPrefix(nameOrId);
    if (prefix !== undefined && isFullId(nameOrId)) return this.#byId(`sha256:${prefix}`);
    const isName = !nameOrId.startsWith('sha256:');
    const id = isName ? this.#resolve(fullName(nameOrId)) : undefined;
    if (id !== undefined) return this.#byId(id);
    return prefix === undefined ? undefined : this.#byPrefix(prefix);
  }

  /** The image that has this name in its full form, such as `busybox:latest`. */
  withName(reference: string): Image | undefined {
    const id = this.#resolve(reference);
    return id === undefined ? undefined : this.#byId(id);
  }

  /** All names in their full form, with the ids of their images. */
  names(): Repositories {
    return new Map([...this.#systemRepositories, ...this.#repositories]);
  }

  /** The names of an image with tags, as Docker shows them, sorted. */
  referencesOf(id: Digest): string[] {
    return this.#namesOf(id).filter((name) => !isDigestReference(name));
  }

  /** The names of an image with digests, which registries have given it, sorted. */
  digestReferencesOf(id: Digest): string[] {
    return this.#namesOf(id).filter(isDigestReference);
  }

  /**
   * The directories of an image's layers as overlayfs wants them, lowest first. It refuses to have one twice; of
   * identical layers the uppermost does what all of them do. They are there as long as the image is.
   */
  layerDirectories(image: Image): string[] {
    const distinct = [...new Set(image.layers.toReversed())].reverse();
    // A copy that images made from a system image have would go with them.
    const first = image.isSystem ? 'system' : 'own';
    return distinct.map((diffId) => `${this.layers.directory(diffId, first)}/${LAYER_FILES}`);
  }

  /** Keeps layers while somebody works with them, whatever becomes of their images, until the function is called. */
  pinLayers(diffIds: Iterable<Digest>): () => void {
    return this.#pins.pin(diffIds);
  }

  /** Bytes in the files of a layer. */
  measureLayer(diffId: Digest): number {
    return this.layers.measure(diffId);
  }

  /** Gives an image one more name, and takes that from the image that had it. Returns the name in its full form. */
  tag(image: Image, repository: string, tag: string): string {
    const reference = parseReference(repository);
    if (reference.digest !== undefined) {
      throw invalidParameter('refusing to create a tag with a digest reference');
    }
    const name = familiarReference(tag === '' ? withDefaultTag(reference) : withTag(reference, tag));
    this.setName(name, image.id);
    return name;
  }

  /** Makes a name in its full form mean an image. */
  setName(reference: string, id: Digest): void {
    this.#setNames([[reference, id]]);
  }

  /** Takes a name away. Throws EngineError 409 for a name of the operating system. */
  removeName(reference: string): void {
    const repositories = new Map(this.#repositories);
    if (!repositories.delete(reference)) throw systemConflict(reference);
    this.#saveRepositories(repositories);
  }

  /** Takes complete images over from a directory of the scratch. The caller discards the rest of it. */
  adopt(staging: string, images: readonly StagedImage[]): void {
    for (const { id, layers } of images) {
      if (this.#byId(id) !== undefined) continue;
      for (const diffId of layers) this.layers.add(diffId, `${staging}/layers/${digestHex(diffId)}`);
      this.layers.sync();
      const path = this.#imagePath(id);
      rename(`${staging}/images/${digestHex(id)}.json`, path);
      syncDirectory(this.#directory);
      this.#own.set(id, new Image(id, path, false, this));
    }
    this.#setNames(images.flatMap(({ id, references }) => references.map((name) => [name, id] as const)));
  }

  /**
   * Removes an own image that has no names any more, and the layers that no other image has and nobody works with.
   * @returns the diff ids of the layers that are gone
   */
  delete(image: Image): Digest[] {
    if (image.isSystem) throw systemConflict(image.id);
    const { layers } = image;
    removeIfExists(image.path);
    syncDirectory(this.#directory);
    this.#own.delete(image.id);
    return this.#removeUnused(new Set(layers));
  }

  /** Removes those of the layers that nobody needs, and returns them. */
  #removeUnused(diffIds: Iterable<Digest>): Digest[] {
    const kept = this.#ownLayers();
    const unused = [...diffIds].filter((diffId) => !kept.has(diffId) && !this.#pins.defer(diffId));
    for (const diffId of unused) this.layers.remove(diffId);
    return unused;
  }

  #namesOf(id: Digest): string[] {
    return [...this.names()].flatMap(([name, named]) => (named === id ? [name] : [])).sort();
  }

  #all(): Image[] {
    return [...new Map([...this.#system, ...this.#own]).values()];
  }

  #byId(id: Digest): Image | undefined {
    return this.#own.get(id) ?? this.#system.get(id);
  }

  #byPrefix(prefix: string): Image | undefined {
    const matches = this.#all().filter(({ id }) => digestHex(id).startsWith(prefix));
    return matches.length === 1 ? matches[0] : undefined;
  }

  #resolve(reference: string): Digest | undefined {
    return this.#repositories.get(reference) ?? this.#systemRepositories.get(reference);
  }

  #imagePath(id: Digest): string {
    return `${this.#directory}/${digestHex(id)}.json`;
  }

  #ownLayers(): Set<Digest> {
    return new Set(this.ownImages().flatMap(({ layers }) => layers));
  }

  /** Reads them all, since only then it is known which layers are in use. */
  #readOwnImages(): void {
    for (const [id, path] of imageFiles(this.#directory)) {
      const image = new Image(id, path, false, this);
      try {
        this.layerDirectories(image);
        this.#own.set(id, image);
      } catch (error) {
        log.error(`image ${id} is left out: ${errorMessage(error)}`);
        rename(path, `${path}.broken`);
      }
    }
    this.layers.removeUnused(this.#ownLayers());
  }

  #readSystemImages(directory: string): void {
    for (const [id, path] of imageFiles(directory)) this.#system.set(id, new Image(id, path, true, this));
  }

  /** An upgrade may have replaced the system image that a name was given to. */
  #withoutDangling(repositories: Repositories): Repositories {
    return new Map(
      [...repositories].filter(([name, id]) => {
        const hasImage = this.#byId(id) !== undefined;
        if (!hasImage) log.warn(`${name} has lost its image ${id}`);
        return hasImage;
      }),
    );
  }

  #setNames(names: readonly (readonly [reference: string, id: Digest])[]): void {
    const changed = names.filter(([reference, id]) => this.#resolve(reference) !== id);
    if (changed.length > 0) this.#saveRepositories(new Map([...this.#repositories, ...changed]));
  }

  #saveRepositories(repositories: Repositories): void {
    writeRepositories(this.#repositoriesFile, repositories);
    this.#repositories = repositories;
  }
}

/** The name with its digest, or else with its tag, `latest` by default, as Docker shows it. */
export function fullName(name: string): string {
  const reference = parseReference(name);
  const { digest } = reference;
  return familiarReference(digest === undefined ? withDefaultTag(reference) : withDigest(reference, digest));
}

/** Whether a name is one that a registry has given, `busybox@sha256:…`. */
export function isDigestReference(name: string): boolean {
  return name.includes('@');
}

function systemConflict(what: string) {
  return conflict(`unable to remove ${what}: it is part of the operating system`);
}

function* imageFiles(directory: string): Generator<[Digest, string]> {
  if (!exists(directory)) return;
  for (const name of readDirectory(directory)) {
    const id = `sha256:${name.replace(/\.json$/, '')}`;
    if (name.endsWith('.json') && isDigest(id)) yield [id, `${directory}/${name}`];
  }
}
