/** Taking the compression off layers and archives; which one it is shows in the first bytes. */
import { concatBytes } from '../../linux/bytes.ts';
import { errorMessage } from '../../linux/error-report.ts';
import type { Codec } from '../../linux/host.ts';
import { FormatError } from '../../oci/errors.ts';

export type Compression = 'none' | (typeof MAGICS)[number]['name'];

/** First bytes of gzip (RFC 1952), zstd (RFC 8878), xz and bzip2 files. */
const MAGICS = [
  { name: 'gzip', bytes: [0x1f, 0x8b] },
  { name: 'zstd', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'xz', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'bzip2', bytes: [0x42, 0x5a, 0x68] },
] as const;

/** How many bytes {@link detectCompression} wants to see. */
export const COMPRESSION_PREFIX = 6;

const OUTPUT_SIZE = 128 * 1024;

/** The compression of a file that begins with these bytes. */
export function detectCompression(beginning: Uint8Array): Compression {
  return MAGICS.find(({ bytes }) => bytes.every((byte, index) => beginning[index] === byte))?.name ?? 'none';
}

/** Takes a file piece by piece and passes on what is in it. FormatError for xz and bzip2 (see decompress.ts for these). */
export class Decompressor {
  readonly #output: (bytes: Uint8Array) => void;
  #beginning: Uint8Array | undefined = new Uint8Array(0);
  #codec: { name: Compression; codec: Codec; buffer: Uint8Array } | undefined;
  #isComplete = true;

  /** @param output gets views, to be used before returning */
  constructor(output: (bytes: Uint8Array) => void) {
    this.#output = output;
  }

  push(bytes: Uint8Array): void {
    if (this.#beginning === undefined) {
      this.#decompress(bytes);
      return;
    }
    this.#beginning = concatBytes([this.#beginning, bytes]);
    if (this.#beginning.length >= COMPRESSION_PREFIX) this.#start(this.#beginning);
  }

  /** Must be called after the last piece. Throws FormatError if the file is cut off. */
  end(): void {
    if (this.#beginning !== undefined) this.#start(this.#beginning);
    if (!this.#isComplete) throw new FormatError(`${this.#codec?.name}: unexpected end of data`);
  }

  #start(beginning: Uint8Array): void {
    const name = detectCompression(beginning);
    if (name === 'xz' || name === 'bzip2') {
      throw new FormatError(`${name} compression is not supported here, only gzip and zstd`);
    }
    if (name !== 'none') {
      const codec = name === 'gzip' ? host.gunzip() : host.unzstd();
      this.#codec = { name, codec, buffer: new Uint8Array(OUTPUT_SIZE) };
      this.#isComplete = false;
    }
    this.#beginning = undefined;
    this.#decompress(beginning);
  }

  #decompress(bytes: Uint8Array): void {
    if (this.#codec === undefined) {
      if (bytes.length > 0) this.#output(bytes);
      return;
    }
    const { name, codec, buffer } = this.#codec;
    let rest = bytes;
    for (;;) {
      const [consumed, produced, done] = stepOf(name, codec, rest, buffer);
      rest = rest.subarray(consumed);
      // A step at the end of a member or frame that finds nothing more says nothing about completeness.
      if (consumed + produced > 0) this.#isComplete = done === 1;
      if (produced > 0) this.#output(buffer.subarray(0, produced));
      const isFlushed = produced < buffer.length;
      if (rest.length === 0 && isFlushed) return;
      if (consumed + produced === 0) throw new FormatError(`${name}: damaged data`);
    }
  }
}

function stepOf(name: Compression, codec: Codec, input: Uint8Array, output: Uint8Array) {
  try {
    return codec.step(input, output, false);
  } catch (error) {
    throw new FormatError(`${name}: ${errorMessage(error)}`);
  }
}
