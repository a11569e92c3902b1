/**
 * One reader of a container's output: a queue between the container, which must not wait, and a connection, which may.
 *
 * A client that lags more than `LAG_LIMIT` makes the container's output wait for it, as Docker does; but one that takes
 * nothing for `STALL_SECONDS` meanwhile is given up, so that it can neither stop the container nor fill the memory.
 */
import { setTimer } from '../../linux/event-loop.ts';
import { log } from '../../linux/log.ts';

const LAG_LIMIT = 1024 * 1024;
const STALL_SECONDS = 5;

export class OutputClient {
  readonly #send: (data: Uint8Array) => Promise<void>;
  readonly #onGone: () => void;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #isSending = false;
  #isGone = false;
  #progress = 0;
  #idle: (() => void)[] = [];
  #relieved: (() => void)[] = [];

  /** `send` delivers bytes and resolves when they are taken; `onGone` is called once if it fails or stalls. */
  constructor(send: (data: Uint8Array) => Promise<void>, onGone: () => void) {
    this.#send = send;
    this.#onGone = onGone;
  }

  /** Queues bytes for the client. */
  push(data: Uint8Array): void {
    if (this.#isGone) return;
    this.#queue.push(data);
    this.#queuedBytes += data.length;
    if (!this.#isSending) this.#sendQueue();
  }

  /** Resolves at once, or, if the client lags too far behind, when it has caught up or was given up. */
  async relief(): Promise<void> {
    if (this.#queuedBytes <= LAG_LIMIT) return;
    const stopWatching = this.#watchProgress();
    await new Promise<void>((resolve) => this.#relieved.push(resolve));
    stopWatching();
  }

  /** Resolves when everything that was pushed is delivered or lost. */
  async flushed(): Promise<void> {
    if (!this.#isSending) return;
    const stopWatching = this.#watchProgress();
    await new Promise<void>((resolve) => this.#idle.push(resolve));
    stopWatching();
  }

  async #sendQueue(): Promise<void> {
    this.#isSending = true;
    try {
      for (let data = this.#queue.shift(); data !== undefined; data = this.#queue.shift()) {
        await this.#send(data);
        this.#queuedBytes -= data.length;
        this.#progress++;
        if (this.#queuedBytes <= LAG_LIMIT / 2) this.#resolve(this.#relieved);
      }
    } catch {
      this.#giveUp();
    }
    this.#isSending = false;
    this.#resolve(this.#idle);
    this.#resolve(this.#relieved);
  }

  #watchProgress(): () => void {
    let seen = this.#progress;
    let cancel: () => void;
    const check = () => {
      if (this.#progress === seen) {
        log.warn('a client that does not read its stream was disconnected');
        this.#giveUp();
      } else {
        seen = this.#progress;
        cancel = setTimer(STALL_SECONDS * 1000, check);
      }
    };
    cancel = setTimer(STALL_SECONDS * 1000, check);
    return () => cancel();
  }

  #giveUp(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#onGone();
    this.#resolve(this.#idle);
    this.#resolve(this.#relieved);
  }

  #resolve(waiting: (() => void)[]): void {
    for (const resolve of waiting.splice(0)) resolve();
  }
}
