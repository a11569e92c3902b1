/** The machine's memory (proc_meminfo(5)). */
import { readText } from './file.ts';

/** Bytes. */
export function totalMemory(): number {
  return Number(/^MemTotal:\s+(\d+) kB/m.exec(readText('/proc/meminfo'))?.[1] ?? 0) * 1024;
}
