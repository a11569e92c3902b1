/**
 * Layers that are being worked with: by a pull that need not download them, by a push, a save, a commit, an export. They
 * stay on the disk until that is over, though the last image that has them may go meanwhile.
 */
import type { Digest } from '../../oci/digest.ts';

export class LayerPins {
  readonly #counts = new Map<Digest, number>();
  readonly #wanted = new Set<Digest>();
  readonly #onFree: (diffIds: readonly Digest[]) => void;

  /** @param onFree is told of layers that were to be removed while they were pinned, once they are not */
  constructor(onFree: (diffIds: readonly Digest[]) => void) {
    this.#onFree = onFree;
  }

  /** Pins layers. The function that is returned lets them go; to call it again does nothing. */
  pin(diffIds: Iterable<Digest>): () => void {
    const pinned = new Set(diffIds);
    for (const diffId of pinned) this.#counts.set(diffId, (this.#counts.get(diffId) ?? 0) + 1);
    return () => {
      const free = [...pinned].filter((diffId) => this.#release(diffId));
      pinned.clear();
      if (free.length > 0) this.#onFree(free);
    };
  }

  /** Whether a layer that is to be removed has to stay for now. */
  defer(diffId: Digest): boolean {
    const isPinned = this.#counts.has(diffId);
    if (isPinned) this.#wanted.add(diffId);
    return isPinned;
  }

  /** Takes one pin away. Tells whether it was the last, and the layer is to be removed. */
  #release(diffId: Digest): boolean {
    const count = (this.#counts.get(diffId) ?? 0) - 1;
    if (count > 0) {
      this.#counts.set(diffId, count);
      return false;
    }
    this.#counts.delete(diffId);
    return this.#wanted.delete(diffId);
  }
}
