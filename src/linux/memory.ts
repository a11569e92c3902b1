/** The machine's memory (proc_meminfo(5)). */
import { readText } from './file.ts';

/** Bytes. */
export function totalMemory(): number {
  return readAmount('MemTotal');
}

/** Bytes that a new program can have. */
export function availableMemory(): number {
  return readAmount('MemAvailable');
}

function readAmount(name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readText('/proc/meminfo'))?.[1] ?? 0) * 1024;
}
