/** What a build tells its client: lines of JSON, most of them with a piece of text. */
import type { HttpResponse } from '../../http/response.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';

/** How much a quiet build keeps, to be told if it fails. */
const KEPT_BYTES = 256 * 1024;

export class BuildOutput {
  readonly #response: HttpResponse;
  readonly #isQuiet: boolean;
  readonly #onLost: () => void;
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #sent: Promise<void> = Promise.resolve();

  /** @param onLost hears that the client is gone, which a write may tell before anything else does */
  constructor(response: HttpResponse, isQuiet: boolean, onLost: () => void) {
    this.#response = response;
    this.#isQuiet = isQuiet;
    this.#onLost = onLost;
  }

  /** Whether the status of the response has been sent. */
  get isStarted(): boolean {
    return this.#response.isStarted;
  }

  /** Tells a piece of text. Resolves when the client's connection has it; rejects if the client is gone. */
  text(text: string): Promise<void> {
    return this.line({ stream: text });
  }

  /** Tells any line. */
  line(value: object): Promise<void> {
    return this.write(encodeLine(value));
  }

  /** Tells lines that {@link encodeLine} has made. */
  write(bytes: Uint8Array): Promise<void> {
    if (!this.#isQuiet) return this.#send(bytes);
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
    while (this.#keptBytes > KEPT_BYTES) this.#keptBytes -= this.#kept.shift()?.length ?? 0;
    return Promise.resolve();
  }

  /** Tells why the build failed, and if it was quiet what it did before. */
  async fail(message: string, code?: number): Promise<void> {
    for (const bytes of this.#kept.splice(0)) await this.#send(bytes);
    const errorDetail = { ...(code !== undefined && { code }), message };
    await this.#send(encodeLine({ errorDetail, error: message }));
  }

  /** The end of a quiet build: the image's id, and nothing else. */
  async result(id: string): Promise<void> {
    if (this.#isQuiet) await this.#send(encodeLine({ stream: `${id}\n` }));
  }

  /** One after the other, in the order of the calls. */
  #send(bytes: Uint8Array): Promise<void> {
    const sent = this.#sent.then(async () => {
      if (!this.#response.isStarted) await this.#response.startChunked();
      await this.#response.write(bytes);
    });
    this.#sent = sent;
    // Who does not wait for it hears of it at the next line.
    sent.catch(this.#onLost);
    return sent;
  }
}

/** A line as it is sent. */
export function encodeLine(value: object): Uint8Array {
  return encodeUtf8(`${JSON.stringify(value)}\r\n`);
}
