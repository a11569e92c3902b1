/** Bytes that have arrived and are not yet used. */

const EMPTY = new Uint8Array(0);

/**
 * A queue of bytes with native search. What `take` returns shares memory with the queue but is never written again,
 * so it may be kept.
 */
export class ByteQueue {
  #bytes: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Appends. The array is the queue's from now on. */
  push(bytes: Uint8Array): void {
    if (this.length === 0) {
      this.#bytes = bytes;
      this.#start = 0;
      this.#end = bytes.length;
      return;
    }
    if (this.#end + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The position of a byte value at or after `from`, or -1. */
  indexOf(value: number, from: number): number {
    // Not into the room for what is still to come, which may be as large as all that is there.
    return this.#bytes.subarray(this.#start, this.#end).indexOf(value, from);
  }

  /** The byte at a position, or undefined behind the end. */
  at(position: number): number | undefined {
    return position < this.length ? this.#bytes[this.#start + position] : undefined;
  }

  /** Removes the first `count` bytes, or all if there are fewer. */
  take(count: number): Uint8Array {
    const end = Math.min(this.#start + count, this.#end);
    const taken = this.#bytes.subarray(this.#start, end);
    this.#start = end;
    if (this.length === 0) this.push(EMPTY);
    return taken;
  }

  /** Doubles, so that a stream that comes byte by byte costs linear time. Leaves what was taken untouched. */
  #grow(extra: number): void {
    const length = this.length;
    const larger = new Uint8Array(Math.max(2 * length, length + extra, 1024));
    larger.set(this.#bytes.subarray(this.#start, this.#end));
    this.#bytes = larger;
    this.#start = 0;
    this.#end = length;
  }
}
