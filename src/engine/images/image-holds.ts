/** Images that something is being made of. They stay, though they may have no names and nobody else needs them. */
import type { Digest } from '../../oci/digest.ts';

/** What one build, or the like, holds. */
export interface ImageHold {
  add(id: Digest): void;
  /** Lets all of them go. */
  release(): void;
}

export class ImageHolds {
  readonly #holds = new Set<ReadonlySet<Digest>>();

  /** Whether anybody holds an image. */
  has(id: Digest): boolean {
    return [...this.#holds].some((held) => held.has(id));
  }

  begin(): ImageHold {
    const held = new Set<Digest>();
    this.#holds.add(held);
    return { add: (id) => held.add(id), release: () => this.#holds.delete(held) };
  }
}
