/** What a request and its response need of the connection that they came on. */
import type { Stream } from '../linux/stream.ts';
import type { RequestParser } from './request-parser.ts';

/** Seconds that a client may take. A client that is waiting for us may wait for ever. */
export interface Timeouts {
  /** Between two requests. Longer than clients keep unused connections, so that they are the ones who close. */
  readonly idle: number;
  /** From the first byte of a request's head to its last. */
  readonly head: number;
  /** Without a byte of a body that is wanted in one piece. */
  readonly body: number;
  /** To take a response that is sent in one piece. */
  readonly send: number;
  /** To close its side after the last response. */
  readonly linger: number;
}

/** Bytes that nobody wants which are read nevertheless, to keep the connection or to close it in peace. */
export const MAXIMUM_DRAIN = 256 * 1024;

export interface Channel {
  readonly fd: number;
  readonly parser: RequestParser;
  readonly timeouts: Timeouts;
  /** Header fields for every response, with their line ends. */
  fixedFields(): string;
  /** Gives the client a time for what comes next; without an argument, all the time it wants. */
  allow(seconds?: number): void;
  /** Reads once, into the parser. False at the end of the input, also if that is because of an error. */
  fill(): Promise<boolean>;
  /** Sends bytes, after all that is being sent already. Rejects if the client is gone. */
  write(data: Uint8Array): Promise<void>;
  /** The client's bytes as they come, beginning with those that were read too far; null at the end. */
  readRaw(): Promise<Uint8Array | null>;
  /** From now on the connection belongs to whoever has its raw stream, which is closed by `close`. */
  hijack(): Stream;
  close(): void;
}
