/** The json-file log of a container. A file that has reached `max-size` becomes `….log.1`, up to `max-file` files. */
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../linux/bytes.ts';
import { timestamp } from '../../linux/clock.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { removeIfExists, rename } from '../../linux/file.ts';
import { close, O, open, writeAll } from '../../linux/file-descriptor.ts';
import { lstatIfExists } from '../../linux/file-status.ts';
import { log } from '../../linux/log.ts';
import type { OutputName } from '../stdcopy.ts';
import { formatEntries, MAXIMUM_LINE } from './log-entry.ts';

const NEWLINE = 0x0a;

export interface JsonFileOptions {
  /** Bytes; undefined for no limit. */
  readonly maxSize: number | undefined;
  readonly maxFiles: number;
  /** Of every entry. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

export class JsonFileLog {
  readonly path: string;
  readonly #options: JsonFileOptions;
  readonly #held: Record<OutputName, Uint8Array[]> = { stdout: [], stderr: [] };
  readonly #subscribers = new Set<() => void>();
  #fd: number;
  #size: number;
  #isFailing = false;
  /** Counts rotations, so that a follower notices that its file is no longer the current one. */
  generation = 0;

  constructor(path: string, options: JsonFileOptions) {
    this.path = path;
    this.#options = options;
    this.#fd = openLog(path);
    this.#size = lstatIfExists(path)?.size ?? 0;
  }

  /** Records output. Errors (a full disk) are reported once and the lines are lost; the container goes on. */
  write(name: OutputName, data: Uint8Array): void {
    const end = data.lastIndexOf(NEWLINE) + 1;
    const held = this.#held[name];
    if (end > 0) this.#append(name, decodeUtf8(concatBytes([...held.splice(0), data.subarray(0, end)])));
    if (end < data.length) held.push(data.slice(end));
    if (held.reduce((sum, part) => sum + part.length, 0) >= MAXIMUM_LINE) this.#flushHeld(name);
  }

  /** Takes away the unfinished lines, for a log that another program opens; it continues with `hold`. */
  takeHeld(): Record<OutputName, Uint8Array> {
    const take = (name: OutputName) => concatBytes(this.#held[name].splice(0));
    return { stdout: take('stdout'), stderr: take('stderr') };
  }

  /** Puts the beginning of a line before what comes next. */
  hold(name: OutputName, data: Uint8Array): void {
    if (data.length > 0) this.#held[name].unshift(data);
  }

  /** Records unfinished lines as they are. */
  flush(): void {
    this.#flushHeld('stdout');
    this.#flushHeld('stderr');
  }

  close(): void {
    this.flush();
    close(this.#fd);
  }

  /** Calls back when lines were appended. Returns a function that ends it. */
  onAppend(callback: () => void): () => void {
    this.#subscribers.add(callback);
    return () => this.#subscribers.delete(callback);
  }

  #flushHeld(name: OutputName): void {
    const text = decodeUtf8(concatBytes(this.#held[name].splice(0)));
    if (text !== '') this.#append(name, text);
  }

  #append(name: OutputName, text: string): void {
    const entries = encodeUtf8(
      formatEntries(text, {
        stream: name,
        time: timestamp(),
        attrs: this.#options.attributes,
      }),
    );
    try {
      for (let start = 0; start < entries.length; ) {
        this.#rotateIfFull();
        const end = this.#endOfFitting(entries, start);
        writeAll(this.#fd, entries.subarray(start, end));
        this.#size += end - start;
        start = end;
      }
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) log.error(`log lines are lost: ${errorMessage(error)}`);
      this.#isFailing = true;
    }
    for (const subscriber of [...this.#subscribers]) subscriber();
  }

  /** The end of what still goes into the current file: its last entry is the one that fills it. */
  #endOfFitting(entries: Uint8Array, start: number): number {
    const room = (this.#options.maxSize ?? Number.POSITIVE_INFINITY) - this.#size;
    return room > entries.length - start ? entries.length : entries.indexOf(NEWLINE, start + room - 1) + 1;
  }

  #rotateIfFull(): void {
    const { maxSize, maxFiles } = this.#options;
    if (maxSize === undefined || this.#size < maxSize) return;
    if (maxFiles <= 1) removeIfExists(this.path);
    for (let number = maxFiles - 1; number >= 1; number--) {
      const older = number === 1 ? this.path : `${this.path}.${number - 1}`;
      if (lstatIfExists(older) !== undefined) rename(older, `${this.path}.${number}`);
    }
    close(this.#fd);
    this.#fd = openLog(this.path);
    this.#size = 0;
    this.generation++;
  }
}

function openLog(path: string): number {
  return open(path, O.WRONLY | O.CREAT | O.APPEND, 0o640);
}
