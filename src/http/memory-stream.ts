/** For tests: connected streams without descriptors. */
import type { Stream } from '../linux/stream.ts';

/** Two ends; what is written to one is read from the other. A write waits while `capacity` bytes are unread. */
export function memoryStreamPair(capacity = Number.POSITIVE_INFINITY): [Stream, Stream] {
  const there = new MemoryPipe(capacity);
  const back = new MemoryPipe(capacity);
  return [openEnd(back, there), openEnd(there, back)];
}

function openEnd(input: MemoryPipe, output: MemoryPipe): Stream {
  return {
    fd: -1,
    read: () => input.read(),
    write: (data) => output.write(data),
    end: () => output.end(),
    close: () => {
      output.end();
      input.abandon();
    },
  };
}

class MemoryPipe {
  readonly #capacity: number;
  readonly #chunks: Uint8Array[] = [];
  #reader: ((data: Uint8Array | null) => void) | undefined;
  #writer: { data: Uint8Array; resolve: () => void; reject: (error: Error) => void } | undefined;
  #hasEnded = false;
  #isAbandoned = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  read(): Promise<Uint8Array | null> {
    if (this.#reader !== undefined) return Promise.reject(new Error('two reads of one stream at once'));
    return new Promise((resolve) => {
      this.#reader = resolve;
      this.#move();
    });
  }

  write(data: Uint8Array): Promise<void> {
    if (this.#writer !== undefined) return Promise.reject(new Error('two writes to one stream at once'));
    return new Promise((resolve, reject) => {
      this.#writer = { data: data.slice(), resolve, reject };
      this.#move();
    });
  }

  end(): void {
    this.#hasEnded = true;
    this.#move();
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.#chunks.length = 0;
    this.#move();
  }

  #move(): void {
    const unread = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const writer = this.#writer;
    if (writer !== undefined && (this.#isAbandoned || this.#hasEnded)) {
      this.#writer = undefined;
      writer.reject(new Error('broken pipe'));
    } else if (writer !== undefined && (unread < this.#capacity || this.#reader !== undefined)) {
      this.#writer = undefined;
      if (writer.data.length > 0) this.#chunks.push(writer.data);
      writer.resolve();
    }
    this.#deliver();
  }

  #deliver(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const chunk = this.#isAbandoned ? null : (this.#chunks.shift() ?? (this.#hasEnded ? null : undefined));
    if (chunk === undefined) return;
    this.#reader = undefined;
    reader(chunk);
    if (this.#writer !== undefined) this.#move();
  }
}
