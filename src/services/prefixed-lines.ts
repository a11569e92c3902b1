import { concatBytes, decodeUtf8 } from '../linux/bytes.ts';

const LINE_FEED = 10;

/** Puts a prefix before each line of output that comes in pieces. */
export class PrefixedLines {
  readonly #prefix: string;
  #rest = new Uint8Array(0);

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Returns the lines that are complete now. */
  push(data: Uint8Array): string {
    const bytes = concatBytes([this.#rest, data]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    this.#rest = bytes.slice(end);
    return this.#prefixed(decodeUtf8(bytes.subarray(0, end)));
  }

  /** Returns the last line if it had no line break. */
  end(): string {
    return this.#rest.length === 0 ? '' : `${this.#prefixed(decodeUtf8(this.#rest))}\n`;
  }

  #prefixed(text: string): string {
    return text.replace(/^(?=[\s\S])/gm, this.#prefix);
  }
}
