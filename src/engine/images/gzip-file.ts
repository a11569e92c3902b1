/** gzip files (RFC 1952), written and read piece by piece. */
import { close, O, open, read, writeAll } from '../../linux/file-descriptor.ts';
import type { Codec } from '../../linux/host.ts';
import { Decompressor } from './compression.ts';

const BUFFER_SIZE = 64 * 1024;

/** Writes gzip to a file that is open, or to a new one. Small pieces are collected. */
export class GzipWriter {
  readonly #fd: number;
  readonly #codec: Codec = host.gzip();
  readonly #input = new Uint8Array(BUFFER_SIZE);
  readonly #output = new Uint8Array(BUFFER_SIZE);
  #length = 0;

  /** @param file its descriptor, or its path */
  constructor(file: number | string) {
    this.#fd = typeof file === 'number' ? file : open(file, O.WRONLY | O.CREAT | O.EXCL, 0o644);
  }

  write(bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0; ) {
      const piece = rest.subarray(0, BUFFER_SIZE - this.#length);
      this.#input.set(piece, this.#length);
      this.#length += piece.length;
      rest = rest.subarray(piece.length);
      if (this.#length === BUFFER_SIZE) this.#compress(false);
    }
  }

  /** Completes and closes the file. */
  end(): void {
    this.#compress(true);
    close(this.#fd);
  }

  /** Closes the file as it is. */
  abort(): void {
    close(this.#fd);
  }

  #compress(isLast: boolean): void {
    let rest = this.#input.subarray(0, this.#length);
    for (;;) {
      const [consumed, produced, done] = this.#codec.step(rest, this.#output, isLast);
      rest = rest.subarray(consumed);
      writeAll(this.#fd, this.#output.subarray(0, produced));
      if (done === 1 || (!isLast && rest.length === 0 && produced < BUFFER_SIZE)) break;
    }
    this.#length = 0;
  }
}

/** The contents of a gzip file as it was before compression. */
export function* readGzipFile(path: string): Generator<Uint8Array> {
  const fd = open(path, O.RDONLY);
  const pieces: Uint8Array[] = [];
  const decompressor = new Decompressor((bytes) => pieces.push(bytes.slice()));
  const buffer = new Uint8Array(BUFFER_SIZE);
  try {
    for (let count = read(fd, buffer); count > 0; count = read(fd, buffer)) {
      decompressor.push(buffer.subarray(0, count));
      yield* pieces.splice(0);
    }
    decompressor.end();
    yield* pieces.splice(0);
  } finally {
    close(fd);
  }
}
