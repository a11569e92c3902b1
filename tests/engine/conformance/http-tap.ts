import type { JsonAnswer } from './answer-check.ts';

/** Listens in on one connection of HTTP/1.1 and tells the answers that have JSON in them. */
export interface HttpTap {
  fromClient(bytes: Buffer): void;
  fromServer(bytes: Buffer): void;
  /** The server has closed: an answer that ends with the connection is complete. */
  end(): void;
}

const maximumBody = 16 * 1024 * 1024;

export function tapHttp(onAnswer: (answer: JsonAnswer) => void): HttpTap {
  const asked: { method: string; path: string }[] = [];
  const requests = new MessageReader(({ start }) => {
    const [method = '', target = ''] = start.split(' ');
    asked.push({ method, path: target.replace(/\?.*$/, '') });
    return 'body';
  });
  let current: (Omit<JsonAnswer, 'body'> & { isJson: boolean }) | undefined;
  const responses = new MessageReader(
    ({ start, fields }) => {
      const status = Number(start.split(' ')[1]);
      if (status === 100) return 'no body';
      const request = asked.shift() ?? { method: '', path: '' };
      const type = fields.get('content-type') ?? '';
      current = { ...request, status, isJson: type.startsWith('application/json') };
      if (status === 101) return 'raw';
      if (request.method === 'HEAD' || status === 204 || status === 304) return 'no body';
      return fields.has('content-length') || fields.has('transfer-encoding') ? 'body' : 'raw';
    },
    (body) => {
      if (current?.isJson !== true || body === undefined || body.length === 0) return;
      const { method, path, status } = current;
      onAnswer({ method, path, status, body: body.toString() });
    },
  );
  return {
    fromClient: (bytes) => {
      if (!responses.isRaw) requests.push(bytes);
    },
    fromServer: (bytes) => responses.push(bytes),
    end: () => responses.end(),
  };
}

interface Head {
  /** The first line. */
  readonly start: string;
  /** By names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
}

/** What follows a head: a body by its fields, none, or bytes that are no messages any more. */
type Following = 'body' | 'no body' | 'raw';

/** Reads the messages of one direction. What is not HTTP is as raw as what follows an upgrade. */
class MessageReader {
  isRaw = false;
  readonly #onHead: (head: Head) => Following;
  readonly #onBody: (body: Buffer | undefined) => void;
  #rest: Buffer = Buffer.alloc(0);
  #state: 'head' | 'length' | 'chunk size' | 'chunk' | 'trailer' = 'head';
  #missing = 0;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(onHead: (head: Head) => Following, onBody: (body: Buffer | undefined) => void = () => {}) {
    this.#onHead = onHead;
    this.#onBody = onBody;
  }

  push(bytes: Buffer): void {
    if (this.isRaw) return;
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (!this.isRaw && this.#step());
    if (this.isRaw) this.#rest = Buffer.alloc(0);
  }

  /** A stream of chunks that was cut off was good as far as it came. */
  end(): void {
    if (this.#state !== 'head' && this.#state !== 'length' && !this.isRaw) this.#finish();
  }

  /** Whether it came any further. */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#readHead();
      case 'length':
      case 'chunk':
        return this.#readBytes();
      case 'chunk size':
        return this.#readChunkSize();
      case 'trailer':
        return this.#readLine() === undefined ? false : this.#finish();
    }
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [start = '', ...lines] = this.#rest.subarray(0, end).toString('latin1').split('\r\n');
    this.#rest = this.#rest.subarray(end + 4);
    if (!start.includes('HTTP/1.')) {
      this.isRaw = true;
      return false;
    }
    const fields = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const following = this.#onHead({ start, fields });
    if (following === 'raw') this.isRaw = true;
    if (following !== 'body') return true;
    if (fields.get('transfer-encoding') === 'chunked') {
      this.#state = 'chunk size';
      return true;
    }
    this.#missing = Number(fields.get('content-length') ?? 0);
    this.#state = 'length';
    return this.#missing > 0 ? true : this.#finish();
  }

  #readChunkSize(): boolean {
    const line = this.#readLine();
    if (line === undefined) return false;
    const size = Number.parseInt(line, 16);
    this.#state = size === 0 ? 'trailer' : 'chunk';
    this.#missing = size + 2;
    return true;
  }

  #readLine(): string | undefined {
    const end = this.#rest.indexOf('\r\n');
    if (end < 0) return undefined;
    const line = this.#rest.subarray(0, end).toString('latin1');
    this.#rest = this.#rest.subarray(end + 2);
    return line;
  }

  #readBytes(): boolean {
    if (this.#rest.length === 0) return false;
    const taken = this.#rest.subarray(0, this.#missing);
    this.#rest = this.#rest.subarray(taken.length);
    this.#missing -= taken.length;
    this.#size += taken.length;
    if (this.#size <= maximumBody) this.#parts.push(taken);
    if (this.#missing > 0) return false;
    if (this.#state === 'length') return this.#finish();
    this.#state = 'chunk size';
    // The line end behind a chunk is white space to JSON.
    return true;
  }

  #finish(): true {
    this.#state = 'head';
    this.#onBody(this.#size <= maximumBody ? Buffer.concat(this.#parts) : undefined);
    this.#parts = [];
    this.#size = 0;
    return true;
  }
}
