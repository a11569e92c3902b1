/** The keys that end an attachment without ending what is attached to. */
import { concatBytes } from '../../linux/bytes.ts';
import { UsageError } from './flags.ts';

export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';

/** The bytes of keys such as `ctrl-p,ctrl-q` or `ctrl-a,d`: letters, or `ctrl-` with a letter or one of `@[\]^_`. */
export function parseDetachKeys(text: string): Uint8Array {
  const bytes = text.split(',').map((key) => {
    const [, control] = /^ctrl-([a-z@[\\\]^_])$/i.exec(key) ?? [];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
    if (/^[!-~]$/.test(key)) return key.charCodeAt(0);
    throw new UsageError(`invalid detach keys "${text}": expected keys such as ctrl-p,ctrl-q`);
  });
  return Uint8Array.from(bytes);
}

/** Finds the keys in what is typed. */
export class DetachDetector {
  readonly #keys: Uint8Array;
  #matched = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** What of the input is to be sent; keys that may become the sequence are held back. */
  filter(input: Uint8Array): { data: Uint8Array; isDetached: boolean } {
    const parts: Uint8Array[] = [];
    let sent = 0;
    for (const [index, byte] of input.entries()) {
      if (this.#matched > 0 && byte !== this.#keys[this.#matched]) {
        parts.push(this.#keys.slice(0, this.#matched));
        this.#matched = 0;
      }
      if (byte !== this.#keys[this.#matched]) continue;
      if (this.#matched === 0) parts.push(input.subarray(sent, index));
      this.#matched += 1;
      sent = index + 1;
      if (this.#matched === this.#keys.length) return { data: concatBytes(parts), isDetached: true };
    }
    parts.push(input.subarray(sent));
    return { data: concatBytes(parts), isDetached: false };
  }
}
