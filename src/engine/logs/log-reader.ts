/** Reading json-file logs: `docker logs` with tail, since, until and follow. */
import { decodeUtf8 } from '../../linux/bytes.ts';
import { nextTurn } from '../../linux/event-loop.ts';
import { close, O, open } from '../../linux/file-descriptor.ts';
import { fstat, lstatIfExists } from '../../linux/file-status.ts';
import { call } from '../../linux/syscall.ts';
import type { JsonFileLog } from './json-file-log.ts';
import { type LogEntry, parseEntries } from './log-entry.ts';

const NEWLINE = 0x0a;
const CHUNK = 64 * 1024;

export interface LogQuery {
  /** How many of the last lines; undefined for all. */
  readonly tail?: number | undefined;
  /** RFC 3339 with nine digits, UTC. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * Gives the entries of a log to `take`, oldest first, a chunk at a time; waits for `take` in between. With `follow` it
 * goes on until `isOver` says so after a wake-up.
 */
export async function readLog(
  log: { readonly path: string; readonly live?: JsonFileLog | undefined },
  query: LogQuery,
  take: (entries: LogEntry[]) => Promise<void>,
  follow?: { wait: () => Promise<void>; isOver: () => boolean },
): Promise<void> {
  const { since = '', until } = query;
  const isInRange = ({ time }: LogEntry) => time >= since && (until === undefined || time <= until);
  const select = (entries: LogEntry[]) =>
    since === '' && until === undefined ? entries : entries.filter(isInRange);
  const files = existingFiles(log.path);
  const starts = query.tail === undefined ? files.map(() => 0) : tailStarts(files, query.tail);
  let generation = log.live?.generation ?? 0;
  // All are opened before anything is waited for: from then on a rotation may give them other names.
  const cursors = files.flatMap((path, index) => {
    const start = starts[index];
    return start === undefined ? [] : [new FileCursor(path, start)];
  });
  try {
    const readOn = async () => {
      for (const cursor of cursors) await cursor.readToEnd(async (entries) => take(select(entries)));
    };
    while (follow !== undefined) {
      const isLast = follow.isOver();
      await readOn();
      const newest = log.live?.generation ?? 0;
      if (newest !== generation || cursors.length === 0) {
        for (const cursor of cursors.splice(0)) cursor.close();
        const age = oldestSince(log.path, newest - generation);
        if (age !== undefined) {
          cursors.push(new FileCursor(nameOf(log.path, age), 0));
          generation = newest - age;
          continue;
        }
      }
      if (isLast) return;
      await follow.wait();
    }
    await readOn();
  } finally {
    for (const cursor of cursors) cursor.close();
  }
}

/** The name that a file has after so many rotations. */
function nameOf(path: string, age: number): string {
  return age === 0 ? path : `${path}.${age}`;
}

/** How often the oldest file was rotated that still exists and began within the last rotations; undefined if none is left. */
function oldestSince(path: string, rotations: number): number | undefined {
  for (let age = Math.max(0, rotations - 1); age >= 0; age--) {
    if (lstatIfExists(nameOf(path, age)) !== undefined) return age;
  }
  return undefined;
}

/** A log and its rotated predecessors, oldest first. */
function existingFiles(path: string): string[] {
  const files: string[] = [];
  if (lstatIfExists(path) !== undefined) files.push(path);
  for (let number = 1; lstatIfExists(`${path}.${number}`) !== undefined; number++) {
    files.unshift(`${path}.${number}`);
  }
  return files;
}

/** Where to start in each file so that the last `count` lines are read; undefined for files to leave out. */
function tailStarts(files: readonly string[], count: number): (number | undefined)[] {
  const starts: (number | undefined)[] = [];
  let missing = count;
  for (const path of files.toReversed()) {
    if (missing <= 0 && starts.length > 0) {
      starts.unshift(undefined);
      continue;
    }
    const { start, lines } = tailStart(path, missing);
    missing -= lines;
    starts.unshift(start);
  }
  return starts;
}

/** The offset of the last `count` lines of a file, and how many there were. */
function tailStart(path: string, count: number): { start: number; lines: number } {
  const fd = open(path, O.RDONLY);
  try {
    const { size } = fstat(fd);
    if (count <= 0) return { start: size, lines: 0 };
    let lines = 0;
    for (let end = size; end > 0; ) {
      const begin = Math.max(0, end - CHUNK);
      const chunk = new Uint8Array(end - begin);
      call('pread64', fd, chunk, chunk.length, begin);
      for (
        let at = chunk.lastIndexOf(NEWLINE);
        at >= 0;
        at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1)
      ) {
        // The newline that ends the last line does not begin another one.
        if (begin + at === size - 1) continue;
        lines++;
        if (lines === count) return { start: begin + at + 1, lines };
      }
      end = begin;
    }
    return { start: 0, lines: lines + (size > 0 ? 1 : 0) };
  } finally {
    close(fd);
  }
}

/** Reads a file from an offset on, whole lines only. */
class FileCursor {
  readonly #fd: number;
  #offset: number;

  constructor(path: string, offset: number) {
    this.#fd = open(path, O.RDONLY);
    this.#offset = offset;
  }

  /** Reads what is there now. A line that is not finished is left for the next time. */
  async readToEnd(take: (entries: LogEntry[]) => Promise<void>): Promise<void> {
    for (let size = CHUNK; ; ) {
      const buffer = new Uint8Array(size);
      const count = call('pread64', this.#fd, buffer, size, this.#offset);
      const end = buffer.subarray(0, count).lastIndexOf(NEWLINE) + 1;
      if (end === 0) {
        if (count < size) return;
        size *= 2;
        continue;
      }
      this.#offset += end;
      await take(parseEntries(decodeUtf8(buffer.subarray(0, end))));
      await nextTurn();
    }
  }

  close(): void {
    close(this.#fd);
  }
}
