/** JSON texts, one per line, as the engine sends events and progress. */
import { ByteQueue } from '../http/byte-queue.ts';
import type { ByteSource } from '../http/client.ts';
import { decodeUtf8 } from '../linux/bytes.ts';

export interface JsonStream<Value> {
  /** The next value, or null at the end. Throws SyntaxError if a line is not JSON. */
  read(): Promise<Value | null>;
  close(): void;
}

const LF = 10;

/** Reads lines of JSON from a source, which is closed at its end. Their shape is the sender's promise; it is not checked. */
export function openJsonStream<Value>(source: ByteSource & { close(): void }): JsonStream<Value> {
  const queue = new ByteQueue();
  let searched = 0;
  let hasEnded = false;

  function takeLine(): string | undefined {
    const lineEnd = queue.indexOf(LF, searched);
    if (lineEnd < 0 && !hasEnded) searched = queue.length;
    if (lineEnd < 0 && (!hasEnded || queue.length === 0)) return undefined;
    searched = 0;
    return decodeUtf8(queue.take(lineEnd < 0 ? queue.length : lineEnd + 1));
  }

  return {
    async read() {
      for (;;) {
        const line = takeLine();
        if (line !== undefined && line.trim() !== '') return JSON.parse(line) as Value;
        if (line !== undefined) continue;
        if (hasEnded) return null;
        const data = await source.read();
        if (data === null) {
          hasEnded = true;
          source.close();
        } else queue.push(data);
      }
    },
    close: () => source.close(),
  };
}
