/** The lines before a body, and the trailer lines behind a chunked one (RFC 9112, sections 2 and 5). */
import { decodeUtf8 } from '../linux/bytes.ts';
import type { ByteQueue } from './byte-queue.ts';
import { type Headers, HttpError } from './message.ts';

const MAXIMUM_BLOCK_SIZE = 64 * 1024;
const MAXIMUM_FIELDS = 100;
const CR = 13;
const LF = 10;

/** A token, a colon without space before it, and a value without control characters. Folded lines do not match. */
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t -~\u0080-\uffff]*)$/;

/** Collects one block of lines that ends with an empty line. To be used for one block only. */
export class HeaderBlockReader {
  readonly #longFirstLine: number;
  #searched = 0;
  #lineStart = 0;
  #lines = 0;

  /** `longFirstLine` is the status for a first line that is too long: 414 for a request. */
  constructor(longFirstLine = 431) {
    this.#longFirstLine = longFirstLine;
  }

  /**
   * The lines without their ends and without the empty one, once the block is complete; undefined before.
   * Throws HttpError 400 for a line that ends without CR, 431 if there are too many lines or they are too long.
   */
  next(queue: ByteQueue): string[] | undefined {
    for (;;) {
      const lineEnd = queue.indexOf(LF, this.#searched);
      if ((lineEnd < 0 ? queue.length : lineEnd) >= MAXIMUM_BLOCK_SIZE) {
        const status = this.#lines === 0 ? this.#longFirstLine : 431;
        throw new HttpError(status, `header fields are longer than ${MAXIMUM_BLOCK_SIZE} bytes`);
      }
      if (lineEnd < 0) {
        this.#searched = queue.length;
        return undefined;
      }
      if (queue.at(lineEnd - 1) !== CR) throw new HttpError(400, 'a header line does not end with CR LF');
      if (lineEnd - 1 === this.#lineStart) return this.#takeLines(queue, lineEnd + 1);
      this.#lines += 1;
      if (this.#lines > MAXIMUM_FIELDS + 1)
        throw new HttpError(431, `more than ${MAXIMUM_FIELDS} header fields`);
      this.#searched = this.#lineStart = lineEnd + 1;
    }
  }

  #takeLines(queue: ByteQueue, size: number): string[] {
    const block = queue.take(size);
    if (this.#lines === 0) return [];
    return decodeUtf8(block.subarray(0, size - 4)).split('\r\n');
  }
}

/** The fields of header lines from index `first` on. Throws HttpError 400. */
export function parseFields(lines: readonly string[], first: number): Headers {
  const headers = new Map<string, string>();
  for (let index = first; index < lines.length; index++) {
    const [, fieldName, fieldValue] = FIELD.exec(lines[index] ?? '') ?? [];
    if (fieldName === undefined || fieldValue === undefined) {
      throw new HttpError(400, `malformed header field in line ${index + 1} of the head`);
    }
    const name = fieldName.toLowerCase();
    const value = fieldValue.trim();
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return headers;
}
