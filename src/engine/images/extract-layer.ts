/** Unpacks a layer's tar as it arrives. Runs in a worker. */
import { makeDirectory } from '../../linux/file.ts';
import type { Sha256 } from '../../linux/host.ts';
import { type Digest, formatDigest } from '../../oci/digest.ts';
import { layerOperation } from '../../oci/layer.ts';
import { TarReader } from '../../oci/tar-reader.ts';
import { recordTarSplit } from '../../oci/tar-split.ts';
import { Decompressor } from './compression.ts';
import { GzipWriter } from './gzip-file.ts';
import { LayerDirectory } from './layer-directory.ts';
import { LAYER_FILES, TAR_SPLIT } from './layer-store.ts';

export interface ExtractedLayer {
  /** Of the uncompressed tar: the layer's identity. */
  readonly diffId: Digest;
  /** Bytes in all files together, as Docker counts an image's size. */
  readonly size: number;
}

/** Makes one layer of the store's form in a directory that does not exist yet. After an error only `abort` is left. */
export class LayerExtractor {
  readonly #layer: LayerDirectory;
  readonly #record: GzipWriter;
  readonly #reader: TarReader;
  readonly #decompressor: Decompressor;
  readonly #diffHash: Sha256 = host.sha256();
  #size = 0;

  constructor(directory: string) {
    makeDirectory(directory);
    makeDirectory(`${directory}/${LAYER_FILES}`);
    const layer = new LayerDirectory(`${directory}/${LAYER_FILES}`);
    const record = new GzipWriter(`${directory}/${TAR_SPLIT}`);
    this.#layer = layer;
    this.#record = record;
    this.#reader = new TarReader(
      recordTarSplit((bytes) => record.write(bytes), {
        entry: (entry) => {
          this.#size += entry.size;
          const operation = layerOperation(entry);
          if (operation !== undefined) layer.apply(operation);
        },
        data: (bytes) => layer.write(bytes),
        entryEnd: () => layer.endFile(),
      }),
    );
    this.#decompressor = new Decompressor((bytes) => {
      this.#diffHash.update(bytes);
      this.#reader.push(bytes);
    });
  }

  /** The next bytes of the tar, which may be compressed. */
  push(bytes: Uint8Array): void {
    this.#decompressor.push(bytes);
  }

  /** After the last bytes. */
  end(): ExtractedLayer {
    this.#decompressor.end();
    this.#reader.end();
    this.#layer.finish();
    this.#record.end();
    this.#layer.close();
    return { diffId: formatDigest(this.#diffHash.digest()), size: this.#size };
  }

  /** Gives up. The directory is the caller's to remove. */
  abort(): void {
    this.#record.abort();
    this.#layer.close();
  }
}
