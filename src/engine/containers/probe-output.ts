/** What a health check prints: its beginning is kept. */
import { concatBytes, decodeUtf8 } from '../../linux/bytes.ts';

/** Bytes, as in Docker. */
const LIMIT = 4096;

export class ProbeOutput {
  #kept: Uint8Array = new Uint8Array(0);
  #isCut = false;

  add(data: Uint8Array): void {
    const room = LIMIT - this.#kept.length;
    if (data.length > room) this.#isCut = true;
    this.#kept = concatBytes([this.#kept, data.subarray(0, room)]);
  }

  /** What was kept, with three dots if there was more. */
  text(): string {
    return decodeUtf8(this.#kept) + (this.#isCut ? '...' : '');
  }
}
