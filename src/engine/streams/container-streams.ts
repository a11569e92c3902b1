/**
 * The standard streams of a container or of an exec: what the process writes goes to the log and to every attached
 * client, what clients write goes to the process. They outlive single runs: a client may attach before the start.
 */
import { setTimer } from '../../linux/event-loop.ts';
import type { Stream } from '../../linux/stream.ts';
import { setWindowSize, type WindowSize } from '../../linux/terminal.ts';
import type { OutputName } from '../stdcopy.ts';
import type { OutputClient } from './output-client.ts';

/** The engine's ends of a process's streams. With a terminal, `stdout` is its master and also takes the input. */
export interface ProcessEnds {
  readonly stdin?: Stream | undefined;
  readonly stdout: Stream;
  readonly stderr?: Stream | undefined;
  readonly isTerminal: boolean;
}

/** Closes the engine's ends. */
export function closeEnds({ stdin, stdout, stderr }: ProcessEnds): void {
  for (const end of [stdin, stdout, stderr]) end?.close();
}

/** Where output is recorded. */
export interface OutputRecorder {
  write(name: OutputName, data: Uint8Array): void;
  /** Records what was held back for lack of a newline. */
  flush(): void;
}

export interface Attachment {
  readonly client: OutputClient;
  /** Wraps a piece of output for this client; undefined if the client does not want that stream. */
  readonly frame: (name: OutputName, data: Uint8Array) => Uint8Array | undefined;
  /** Called when the run is over and everything is delivered. */
  readonly onEnd: () => void;
}

/** How long output may stay open after the process has ended (another process may have inherited it). */
const DRAIN_MILLISECONDS = 2000;

export class ContainerStreams {
  readonly #attachments = new Set<Attachment>();
  #ends: ProcessEnds | undefined;
  #connected: Promise<ProcessEnds>;
  #resolveConnected: (ends: ProcessEnds) => void = () => {};
  #copying: Promise<unknown> = Promise.resolve();
  #input: Promise<void> = Promise.resolve();

  constructor() {
    this.#connected = this.#nextConnection();
  }

  /** Starts copying. The process is about to run, or runs already. */
  connect(ends: ProcessEnds, recorder?: OutputRecorder): void {
    this.#ends = ends;
    const copies = [this.#copy('stdout', ends.stdout, recorder)];
    if (ends.stderr !== undefined) copies.push(this.#copy('stderr', ends.stderr, recorder));
    this.#copying = Promise.all(copies).then(() => recorder?.flush());
    this.#resolveConnected(ends);
  }

  /** After the process has ended: waits for the rest of its output, delivers it, and lets the clients go. */
  async disconnect(): Promise<void> {
    const ends = this.#ends;
    const cancel = setTimer(DRAIN_MILLISECONDS, () => ends?.stdout.close());
    const cancelError = setTimer(DRAIN_MILLISECONDS, () => ends?.stderr?.close());
    await this.#copying;
    cancel();
    cancelError();
    if (ends !== undefined) closeEnds(ends);
    await this.abandon();
  }

  /** Lets the clients go, after a run or because there will be none. */
  async abandon(): Promise<void> {
    this.#ends = undefined;
    this.#connected = this.#nextConnection();
    this.#input = Promise.resolve();
    const attachments = [...this.#attachments];
    this.#attachments.clear();
    await Promise.all(attachments.map(({ client }) => client.flushed()));
    for (const { onEnd } of attachments) onEnd();
  }

  /** Lets a client have all further output. Returns a function that detaches it. */
  attach(attachment: Attachment): () => void {
    this.#attachments.add(attachment);
    return () => this.#attachments.delete(attachment);
  }

  /** Gives input to the process, waiting for its start if need be. Clients take turns. */
  writeInput(data: Uint8Array): Promise<void> {
    this.#input = this.#input.then(async () => {
      const ends = await this.#connected;
      await this.#inputOf(ends)?.write(data);
    });
    return this.#input;
  }

  /** The process reads end of file once it has read all input. A terminal stays open. */
  closeInput(): void {
    this.#input = this.#input.then(async () => {
      const ends = await this.#connected;
      ends.stdin?.close();
      if (this.#ends === ends) this.#ends = { ...ends, stdin: undefined };
    });
  }

  /** What is open of the process's streams; undefined if it does not run. */
  get ends(): ProcessEnds | undefined {
    return this.#ends;
  }

  /** Whether anybody is attached. */
  get hasClients(): boolean {
    return this.#attachments.size > 0;
  }

  /** Sets the terminal's size. Returns whether there is a terminal. */
  resize(size: WindowSize): boolean {
    if (this.#ends?.isTerminal !== true) return false;
    setWindowSize(this.#ends.stdout.fd, size);
    return true;
  }

  #inputOf(ends: ProcessEnds): Stream | undefined {
    return ends.isTerminal ? ends.stdout : ends.stdin;
  }

  #nextConnection(): Promise<ProcessEnds> {
    return new Promise((resolve) => {
      this.#resolveConnected = resolve;
    });
  }

  async #copy(name: OutputName, source: Stream, recorder: OutputRecorder | undefined): Promise<void> {
    for (let data = await source.read(); data !== null; data = await source.read()) {
      recorder?.write(name, data);
      await this.#deliver(name, data);
    }
  }

  async #deliver(name: OutputName, data: Uint8Array): Promise<void> {
    if (this.#attachments.size === 0) return;
    const attachments = [...this.#attachments];
    for (const { client, frame } of attachments) {
      const framed = frame(name, data);
      if (framed !== undefined) client.push(framed);
    }
    await Promise.all(attachments.map(({ client }) => client.relief()));
  }
}
