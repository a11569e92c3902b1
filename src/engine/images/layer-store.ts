/**
 * Layers by diff id, `layers/<hex>/{diff,tar-split.gz}`: the engine's own, and those of the operating system, which are
 * read-only and looked into second.
 */
import { exists, makeDirectories, readDirectory, rename, syncDirectory } from '../../linux/file.ts';
import { type Digest, digestHex, isDigest } from '../../oci/digest.ts';
import { readTarSplit } from '../../oci/tar-split.ts';
import { EngineError } from '../errors.ts';
import type { Scratch } from '../scratch.ts';
import { readGzipFile } from './gzip-file.ts';

/** In a layer's directory: its files as overlayfs wants them. */
export const LAYER_FILES = 'diff';
/** In a layer's directory: its tar without the contents of files (src/oci/tar-split.ts), compressed. */
export const TAR_SPLIT = 'tar-split.gz';

export class LayerStore {
  readonly #own: string;
  readonly #system: string | undefined;
  readonly #scratch: Scratch;

  /** @param systemRoot the root of the store of the operating system, if it has one */
  constructor(root: string, systemRoot: string | undefined, scratch: Scratch) {
    this.#own = `${root}/layers`;
    this.#system = systemRoot === undefined ? undefined : `${systemRoot}/layers`;
    this.#scratch = scratch;
    makeDirectories(this.#own, 0o700);
  }

  /**
   * The directory of a layer. Throws EngineError 500 if there is no such layer.
   * @param first which of two directories it is: the engine's own go with the images that have them
   */
  directory(diffId: Digest, first: 'own' | 'system' = 'own'): string {
    const stores = [this.#own, this.#system];
    for (const layers of first === 'own' ? stores : stores.reverse()) {
      const path = `${layers}/${digestHex(diffId)}`;
      if (layers !== undefined && exists(path)) return path;
    }
    throw new EngineError(500, `layer ${diffId} is missing`);
  }

  /** The layers that the engine has of its own. Images of its own are made of these only: the system's may be replaced. */
  present(): Set<Digest> {
    return new Set(
      readDirectory(this.#own)
        .map((name) => `sha256:${name}`)
        .filter(isDigest),
    );
  }

  /**
   * Puts a complete layer into the store, unless it has it: takes the directory from where it was made. Without such a
   * directory the store must have it already. Throws EngineError 500 if it has not.
   */
  add(diffId: Digest, directory: string): void {
    const path = `${this.#own}/${digestHex(diffId)}`;
    if (!exists(directory)) this.directory(diffId);
    else if (!exists(path)) rename(directory, path);
  }

  /** Makes added layers durable. */
  sync(): void {
    syncDirectory(this.#own);
  }

  /** Removes a layer of the engine's own. */
  remove(diffId: Digest): void {
    this.#scratch.discard(`${this.#own}/${digestHex(diffId)}`);
  }

  /** Removes own layers that no image has: what an engine left that died between two steps. For the start. */
  removeUnused(used: ReadonlySet<Digest>): void {
    const usedNames = new Set([...used].map(digestHex));
    for (const name of readDirectory(this.#own)) {
      if (!usedNames.has(name)) this.#scratch.discard(`${this.#own}/${name}`);
    }
  }

  /** Bytes in all files of a layer. Reads its whole record. */
  measure(diffId: Digest): number {
    let size = 0;
    for (const item of readTarSplit(readGzipFile(`${this.directory(diffId)}/${TAR_SPLIT}`))) {
      if (item.kind === 'file') size += item.size;
    }
    return size;
  }
}
