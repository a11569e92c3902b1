/**
 * `docker push`: a worker without rights talks to the registry (push-image.ts) and asks for the layers that the registry
 * lacks; others pack these into files that it can read.
 */
import { encodeUtf8 } from '../../linux/bytes.ts';
import { changeMode, makeDirectory } from '../../linux/file.ts';
import { O, oDirectory, open, pipe } from '../../linux/file-descriptor.ts';
import { openStream, type Stream } from '../../linux/stream.ts';
import type { Digest } from '../../oci/digest.ts';
import { MEDIA_TYPES } from '../../oci/manifest.ts';
import { familiarReference, repositoryName, shortId, withDigest } from '../../oci/reference.ts';
import type { BlobDescriptor } from '../../registry/download-blob.ts';
import { openJsonStream } from '../json-stream.ts';
import { progressLine, type Report, retryLine, statusLine } from '../progress.ts';
import { type Image, readImageFile } from './image.ts';
import type { ImageStore } from './image-store.ts';
import { addLayerSource, readLayerSources } from './layer-sources.ts';
import { packLayer } from './pack-layer.ts';
import type { PushMessage, PushOptions, PushResult } from './push-image.ts';
import { StagedWorkers } from './staged-workers.ts';

export interface Push {
  /** Settles when no worker is left. Rejects with WorkerError or SyscallError. */
  readonly done: Promise<PushResult>;
  /** Gives up. */
  cancel(): void;
}

type Task = Pick<PushOptions, 'reference' | 'credentials' | 'settings'>;

/** A layer that has been packed, as the worker is told. */
type PackedLine = BlobDescriptor & { readonly diffId: Digest };

/** Starts pushing an image under a name with a tag. */
export function pushImage(store: ImageStore, image: Image, task: Task, report: Report): Push {
  const unpin = store.pinLayers(image.layers);
  const workers = new StagedWorkers(store.scratch);
  const operation = new PushOperation(store, image, task, report, workers);
  return { done: workers.complete(() => operation.run()).finally(unpin), cancel: () => workers.kill() };
}

class PushOperation {
  readonly #store: ImageStore;
  readonly #image: Image;
  readonly #task: Task;
  readonly #report: Report;
  readonly #workers: StagedWorkers;
  #packing: Promise<void> = Promise.resolve();

  constructor(store: ImageStore, image: Image, task: Task, report: Report, workers: StagedWorkers) {
    this.#store = store;
    this.#image = image;
    this.#task = task;
    this.#report = report;
    this.#workers = workers;
  }

  async run(): Promise<PushResult> {
    const result = await this.#push();
    await this.#remember(result);
    return result;
  }

  async #push(): Promise<PushResult> {
    const blobs = `${this.#workers.staging}/blobs`;
    makeDirectory(blobs);
    changeMode(blobs, 0o755);
    const { layers, id, path } = this.#image;
    for (const diffId of layers.toReversed()) this.#report(statusLine(shortId(diffId), 'Preparing'));
    const options: PushOptions = {
      ...this.#task,
      id,
      config: readImageFile(path).config,
      layers: layers.map((diffId) => ({
        diffId,
        sources: readLayerSources(this.#store.layers.directory(diffId)),
      })),
    };
    const directory = open(blobs, O.RDONLY | oDirectory());
    const [inboxEnd, outboxEnd] = pipe();
    const outbox = openStream(outboxEnd);
    try {
      return await this.#workers.run<PushMessage, PushResult>(
        {
          name: 'docker-push',
          descriptors: [directory, inboxEnd],
          onMessage: (message) => this.#onMessage(message, blobs, outbox),
        },
        // Loaded by the worker alone.
        async (send) =>
          (await import('./push-image.ts')).pushToRegistry(options, directory, readPacked(inboxEnd), send),
      );
    } finally {
      outbox.close();
    }
  }

  #onMessage(message: PushMessage, blobs: string, outbox: Stream): void {
    const id = shortId(message.diffId);
    switch (message.is) {
      case 'needed':
        this.#pack(message.diffId, blobs, outbox);
        break;
      case 'exists':
        this.#report(statusLine(id, 'Layer already exists'));
        break;
      case 'mounted':
        this.#report(statusLine(id, `Mounted from ${message.from}`));
        break;
      case 'pushing': {
        const { current, total } = message;
        this.#report(progressLine(id, 'Pushing', { current, total }));
        break;
      }
      case 'waiting':
        this.#report(retryLine(id, message.seconds));
        break;
      case 'pushed':
        this.#report(statusLine(id, 'Pushed'));
    }
  }

  /** Packs one layer after the other: that takes all of a processor. */
  #pack(diffId: Digest, blobs: string, outbox: Stream): void {
    this.#packing = this.#packing
      .then(async () => {
        const layer = this.#store.layers.directory(diffId);
        const blob = await this.#workers.run<never, BlobDescriptor>({ name: 'docker-pack' }, () =>
          packLayer(layer, diffId, blobs),
        );
        const line: PackedLine = { diffId, ...blob };
        await outbox.write(encodeUtf8(`${JSON.stringify(line)}\n`));
      })
      .catch((error: unknown) => this.#workers.fail(error));
  }

  /** Writes down what the registry calls the layers and the image. */
  async #remember({ digest, blobs }: PushResult): Promise<void> {
    const { reference } = this.#task;
    const own = this.#store.layers.present();
    await this.#workers.run({ name: 'docker-push' }, () => {
      for (const [diffId, blob] of blobs) {
        if (!own.has(diffId)) continue;
        addLayerSource(this.#store.layers.directory(diffId), {
          repository: repositoryName(reference),
          mediaType: MEDIA_TYPES.dockerLayerGzip,
          ...blob,
        });
      }
    });
    // The image may have been removed meanwhile.
    if (this.#store.find(this.#image.id) === undefined) return;
    this.#store.setName(familiarReference(withDigest(reference, digest)), this.#image.id);
  }
}

/** The worker's side of the outbox: gives each layer when it has been packed. */
function readPacked(fd: number): (diffId: Digest) => Promise<BlobDescriptor> {
  const lines = openJsonStream<PackedLine>(openStream(fd));
  const waiting = new Map<Digest, (blob: BlobDescriptor) => void>();
  let isReading = false;
  const deliver = async () => {
    isReading = true;
    while (waiting.size > 0) {
      const line = await lines.read();
      if (line === null) break;
      waiting.get(line.diffId)?.(line);
      waiting.delete(line.diffId);
    }
    isReading = false;
  };
  return (diffId) =>
    new Promise((resolve) => {
      waiting.set(diffId, resolve);
      if (!isReading) deliver();
    });
}
