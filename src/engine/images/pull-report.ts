/** What `docker pull` prints about an image and its layers. */

import type { Digest } from '../../oci/digest.ts';
import { familiarReference, type ImageReference, shortId } from '../../oci/reference.ts';
import type { FoundImage } from '../../registry/find-image.ts';
import { progressLine, type Report, retryLine, statusLine } from '../progress.ts';
import type { FetchMessage } from './fetch-image.ts';

type Layer = FoundImage['layers'][number];

export class PullReport {
  readonly #reference: ImageReference;
  readonly #report: Report;
  #sizes: ReadonlyMap<Digest, number> = new Map();

  constructor(reference: ImageReference, report: Report) {
    this.#reference = reference;
    this.#report = report;
  }

  /** The registry has the image. */
  begin(): void {
    const { digest, tag = '', path } = this.#reference;
    const id = digest === undefined ? tag : familiarReference(this.#reference);
    this.#report({ status: `Pulling from ${path}`, id });
  }

  /** `missing` are the layers to be downloaded; undefined if the image itself is there. */
  found({ layers }: FoundImage, missing: readonly Layer[] | undefined): void {
    this.begin();
    this.#sizes = new Map(layers.map((layer) => [layer.digest, layer.size]));
    if (missing === undefined) return;
    for (const layer of layers) {
      const status = missing.includes(layer) ? 'Pulling fs layer' : 'Already exists';
      this.#report(statusLine(shortId(layer.digest), status));
    }
  }

  download(message: Exclude<FetchMessage, { is: 'found' | 'unchanged' }>): void {
    const id = shortId(message.digest);
    switch (message.is) {
      case 'downloading': {
        const { current } = message;
        const total = this.#sizes.get(message.digest) ?? current;
        this.#report(progressLine(id, 'Downloading', { current, total }));
        break;
      }
      case 'verifying':
        this.#report(statusLine(id, 'Verifying Checksum'));
        break;
      case 'waiting':
        this.#report(retryLine(id, message.seconds));
        break;
      case 'downloaded':
        this.#report(statusLine(id, 'Download complete'));
    }
  }

  extracting({ digest, size }: Layer, current: number): void {
    this.#report(progressLine(shortId(digest), 'Extracting', { current, total: size }));
  }

  complete({ digest }: Layer): void {
    this.#report(statusLine(shortId(digest), 'Pull complete'));
  }
}
