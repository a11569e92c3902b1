import { writeAll } from '../linux/file-descriptor.ts';

const WRITE_SIZE = 64 * 1024;

/** Writes to a blocking descriptor. Collects small pieces, as a tar mostly consists of. */
export class BufferedOutput {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(WRITE_SIZE);
  #length = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(bytes: Uint8Array): void {
    if (this.#length + bytes.length > WRITE_SIZE) this.flush();
    if (bytes.length > WRITE_SIZE) {
      writeAll(this.#fd, bytes);
      return;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  flush(): void {
    writeAll(this.#fd, this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}
