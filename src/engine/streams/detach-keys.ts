/** Detach keys such as `ctrl-p,ctrl-q`, found in what a client types. */
import { concatBytes } from '../../linux/bytes.ts';
import { invalidParameter } from '../errors.ts';

const CONTROL_SYMBOLS: Readonly<Record<string, number>> = {
  '@': 0,
  '[': 27,
  '\\': 28,
  ']': 29,
  '^': 30,
  _: 31,
};

const DEFAULT_KEYS = 'ctrl-p,ctrl-q';

/** The keys that a client asks for, or Docker's. Throws 400 if the text does not name keys. */
export function detachKeys(text: string | null | undefined): DetachKeys {
  return new DetachKeys(text || DEFAULT_KEYS);
}

export class DetachKeys {
  readonly #sequence: readonly number[];
  #matched = 0;

  /** Throws 400 if the text does not name keys. */
  constructor(text: string) {
    this.#sequence = text.split(',').map(parseKey);
  }

  /** What of the input is to be passed on, and whether the sequence is complete. A part of it is held back. */
  filter(data: Uint8Array): { pass: Uint8Array; isComplete: boolean } {
    const parts: Uint8Array[] = [];
    let start = 0;
    for (const [index, byte] of data.entries()) {
      if (byte === this.#sequence[this.#matched]) {
        if (this.#matched === 0) parts.push(data.subarray(start, index));
        this.#matched++;
        start = index + 1;
        if (this.#matched === this.#sequence.length) return { pass: concatBytes(parts), isComplete: true };
      } else if (this.#matched > 0) {
        parts.push(new Uint8Array(this.#sequence.slice(0, this.#matched)));
        this.#matched = byte === this.#sequence[0] ? 1 : 0;
        start = this.#matched === 1 ? index + 1 : index;
      }
    }
    if (this.#matched === 0) parts.push(data.subarray(start));
    return { pass: concatBytes(parts), isComplete: false };
  }
}

function parseKey(text: string): number {
  if (text.length === 1) return text.charCodeAt(0);
  const letter = /^ctrl-([a-z@[\\\]^_])$/i.exec(text)?.[1]?.toLowerCase();
  if (letter === undefined) throw invalidParameter(`Invalid detach keys (${text}) provided`);
  return CONTROL_SYMBOLS[letter] ?? letter.charCodeAt(0) - 96;
}
