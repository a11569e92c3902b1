/**
 * `docker pull`: an image of a registry becomes one of the store. A worker without rights downloads (fetch-image.ts),
 * others unpack what has arrived; the store takes over the whole image or nothing.
 */
import { cpuCount } from '../../linux/cpu.ts';
import { changeOwner, makeDirectories, writeFile } from '../../linux/file.ts';
import { O, oDirectory, open, withFile } from '../../linux/file-descriptor.ts';
import { NOBODY } from '../../linux/privileges.ts';
import { call } from '../../linux/syscall.ts';
import { type Digest, digestHex } from '../../oci/digest.ts';
import { familiarReference, repositoryName, withDigest } from '../../oci/reference.ts';
import type { FoundImage } from '../../registry/find-image.ts';
import type { Report } from '../progress.ts';
import type { ExtractedLayer } from './extract-layer.ts';
import type { FetchMessage, FetchOptions } from './fetch-image.ts';
import { formatImageFile } from './image.ts';
import type { ImageStore } from './image-store.ts';
import { type KnownImage, knownImage } from './known-image.ts';
import { addLayerSource } from './layer-sources.ts';
import { PullReport } from './pull-report.ts';
import { StagedWorkers } from './staged-workers.ts';
import { unpackLayer } from './unpack-layer.ts';

export interface PullOptions extends Omit<FetchOptions, 'present' | 'known'> {
  readonly report: Report;
}

export interface PulledImage {
  readonly id: Digest;
  /** What the registry calls what was asked for: the manifest's or the index's. */
  readonly digest: Digest;
  /** Whether the reference meant another image before, or none. */
  readonly isNew: boolean;
}

export interface Pull {
  /** Settles when no worker is left. Rejects with WorkerError or SyscallError; the store is then as it was. */
  readonly done: Promise<PulledImage>;
  /** Gives up. */
  cancel(): void;
}

type Layer = FoundImage['layers'][number];

/** Starts pulling an image. */
export function pullImage(store: ImageStore, options: PullOptions): Pull {
  const workers = new StagedWorkers(store.scratch);
  const operation = new PullOperation(store, options, workers);
  return {
    done: workers.complete(() => operation.run()).finally(() => operation.end()),
    cancel: () => workers.kill(),
  };
}

class PullOperation {
  readonly #store: ImageStore;
  readonly #options: PullOptions;
  readonly #report: PullReport;
  readonly #workers: StagedWorkers;
  /** Blobs that are being downloaded, and what is to happen when they have arrived. */
  readonly #arrivals = new Map<Digest, () => void>();
  #image: FoundImage | undefined;
  #unchanged: PulledImage | undefined;
  /** Of the layers that were there at the beginning; later of those that the image needs. */
  #unpin: () => void = () => {};
  #unpacking: Promise<void> = Promise.resolve();
  readonly #unpacked = new Map<Digest, ExtractedLayer>();

  constructor(store: ImageStore, options: PullOptions, workers: StagedWorkers) {
    this.#store = store;
    this.#options = options;
    this.#report = new PullReport(options.reference, options.report);
    this.#workers = workers;
  }

  async run(): Promise<PulledImage> {
    const name = familiarReference(this.#options.reference);
    await this.#fetch(knownImage(this.#store, this.#options.reference, this.#options.platform));
    if (this.#unchanged !== undefined) {
      if (this.#store.withName(name)?.id === this.#unchanged.id) return this.#unchanged;
      // Its name was taken away while the registry was asked.
      await this.#fetch(undefined);
    }
    await this.#unpacking;
    if (this.#image === undefined) throw new Error('no image was found');
    return await this.#adopt(this.#image);
  }

  /** Lets go of layers that were there. */
  end(): void {
    this.#unpin();
  }

  /** Resolves when everything has been downloaded; unpacking has begun meanwhile. */
  async #fetch(known: KnownImage | undefined): Promise<void> {
    const blobs = `${this.#workers.staging}/blobs`;
    makeDirectories(blobs, 0o700);
    changeOwner(blobs, NOBODY, NOBODY);
    makeDirectories(`${this.#workers.staging}/layers`);
    makeDirectories(`${this.#workers.staging}/images`);
    const { report: _, ...options } = this.#options;
    const present = { images: this.#store.ids(), layers: this.#store.layers.present() };
    this.#pin(present.layers);
    const fd = open(blobs, O.RDONLY | oDirectory());
    await this.#workers.run<FetchMessage, void>(
      {
        name: 'docker-pull',
        descriptors: [fd],
        onMessage: (message) => {
          if (message.is !== 'unchanged') this.#onMessage(message, present.layers);
          else if (known !== undefined) this.#onUnchanged(known, message.digest);
        },
      },
      // Loaded by the worker alone.
      async (send) =>
        (await import('./fetch-image.ts')).fetchImage(
          { ...options, present, known: known?.digests },
          fd,
          send,
        ),
    );
  }

  /** Keeps these, and no others any more. */
  #pin(diffIds: Iterable<Digest>): void {
    const unpin = this.#unpin;
    this.#unpin = this.#store.pinLayers(diffIds);
    unpin();
  }

  #onUnchanged({ id }: KnownImage, digest: Digest): void {
    this.#report.begin();
    this.#unchanged = { id, digest, isNew: false };
  }

  #onMessage(message: Exclude<FetchMessage, { is: 'unchanged' }>, presentLayers: ReadonlySet<Digest>): void {
    if (message.is === 'found') {
      this.#image = message.image;
      this.#pin(message.image.layers.map(({ diffId }) => diffId));
      const isKnown = this.#store.find(message.image.id) !== undefined;
      const missing = isKnown ? [] : message.image.layers.filter(({ diffId }) => !presentLayers.has(diffId));
      this.#report.found(message.image, isKnown ? undefined : missing);
      this.#unpacking = this.#unpackAll(missing).catch((error: unknown) => this.#workers.fail(error));
    } else {
      this.#report.download(message);
      if (message.is === 'downloaded') this.#arrivals.get(message.digest)?.();
    }
  }

  /** Unpacks layers as they arrive, at most one for each processor at a time: no layer needs those below it. */
  async #unpackAll(layers: readonly Layer[]): Promise<void> {
    const distinct = [...new Map(layers.map((layer) => [layer.diffId, layer])).values()];
    const arriving = distinct.map(
      (layer) =>
        new Promise<Layer>((resolve) => {
          const others = this.#arrivals.get(layer.digest);
          this.#arrivals.set(layer.digest, () => {
            others?.();
            resolve(layer);
          });
        }),
    );
    const unpack = async () => {
      for (let next = arriving.shift(); next !== undefined; next = arriving.shift())
        await this.#unpack(await next);
    };
    await Promise.all(Array.from({ length: cpuCount() }, unpack));
  }

  async #unpack(layer: Layer): Promise<void> {
    const blob = `${this.#workers.staging}/blobs/${digestHex(layer.digest)}`;
    const target = this.#stagedLayer(layer.diffId);
    const onMessage = (current: number) => this.#report.extracting(layer, current);
    const unpacked = await this.#workers.run<number, ExtractedLayer>(
      { name: 'docker-unpack', onMessage },
      (send) => unpackLayer(blob, target, layer, send),
    );
    onMessage(layer.size);
    this.#report.complete(layer);
    this.#unpacked.set(layer.diffId, unpacked);
  }

  #stagedLayer(diffId: Digest): string {
    return `${this.#workers.staging}/layers/${digestHex(diffId)}`;
  }

  async #adopt(image: FoundImage): Promise<PulledImage> {
    const { id, digest } = image;
    const { reference } = this.#options;
    if (this.#store.find(id) === undefined) {
      await this.#workers.run({ name: 'docker-pull' }, () => this.#completeStaging(image));
    }
    const names = [familiarReference(reference), familiarReference(withDigest(reference, digest))];
    const isNew = this.#store.withName(names[0] ?? '')?.id !== id;
    const layers = image.layers.map(({ diffId }) => diffId);
    this.#store.adopt(this.#workers.staging, [{ id, layers, references: [...new Set(names)] }]);
    return { id, digest, isNew };
  }

  /** The last worker: writes what is not a layer, and makes everything durable. */
  #completeStaging({ id, config, layers }: FoundImage): void {
    const repository = repositoryName(this.#options.reference);
    for (const { digest, diffId, size, mediaType } of layers) {
      if (!this.#unpacked.has(diffId)) continue;
      addLayerSource(this.#stagedLayer(diffId), { repository, digest, size, mediaType });
    }
    const layerSizes = layers.map(
      ({ diffId }) => this.#unpacked.get(diffId)?.size ?? this.#store.measureLayer(diffId),
    );
    const file = formatImageFile({ config, layers: layers.map(({ diffId }) => diffId), layerSizes });
    writeFile(`${this.#workers.staging}/images/${digestHex(id)}.json`, file);
    withFile(this.#workers.staging, O.RDONLY | oDirectory(), (directory) => call('syncfs', directory));
  }
}
