/** A response that is lines of progress: JSON texts, one after the other (Docker's package streamformatter). */
import type { HttpResponse } from '../../http/response.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import type { ProgressLine } from '../progress.ts';

/** What goes wrong after the stream has begun is told in it. */
interface ErrorLine {
  readonly errorDetail: { readonly message: string };
  readonly error: string;
}

export class ProgressOutput {
  readonly #response: HttpResponse;
  #queue: (ProgressLine | ErrorLine)[] = [];
  #sending: Promise<void> | undefined;
  #isGone = false;

  constructor(response: HttpResponse) {
    this.#response = response;
  }

  /** Whether the status of the response has been sent, or is about to be. */
  get isStarted(): boolean {
    return this.#response.isStarted || this.#queue.length > 0;
  }

  /**
   * Sends a line; the first begins the response. It does not wait for the client: for one that is slow, later numbers
   * take the place of earlier ones, so that the queue stays short.
   */
  push(line: ProgressLine | ErrorLine): void {
    if (this.#isGone) return;
    const former = this.#queue.findLastIndex(
      (other) => 'id' in other && 'id' in line && other.id === line.id,
    );
    if (isNumbers(line) && isNumbers(this.#queue[former])) this.#queue[former] = line;
    else this.#queue.push(line);
    this.#sending ??= this.#send();
  }

  /** Tells an error in the stream. */
  fail(message: string): void {
    this.push({ errorDetail: { message }, error: message });
  }

  /** Resolves when the client has everything or is gone. */
  async flushed(): Promise<void> {
    await this.#sending;
  }

  async #send(): Promise<void> {
    try {
      if (!this.#response.isStarted) await this.#response.startChunked();
      for (let line = this.#queue.shift(); line !== undefined; line = this.#queue.shift()) {
        await this.#response.write(encodeUtf8(`${JSON.stringify(line)}\r\n`));
      }
    } catch {
      this.#isGone = true;
      this.#queue = [];
    }
    this.#sending = undefined;
  }
}

function isNumbers(line: ProgressLine | ErrorLine | undefined): boolean {
  return line !== undefined && 'progressDetail' in line && 'current' in (line.progressDetail ?? {});
}
