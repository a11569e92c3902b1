/** `swap` of cloud-init: a file that the kernel may write memory to. */
import type { Config } from '../../config/schema.ts';
import {
  directoryOf,
  exists,
  makeDirectories,
  readTextIfExists,
  removeIfExists,
  rename,
} from '../../linux/file.ts';
import { FILESYSTEM, filesystemType, freeSpace } from '../../linux/filesystem-type.ts';
import { totalMemory } from '../../linux/memory.ts';
import { runProgram } from './commands.ts';

const DEFAULT_FILE = '/var/lib/rancher/swap';
/** Below it there is no use in it, in bytes. */
const LEAST = 1024 * 1024;
const GIB = 1024 ** 3;
const UNITS = { '': 1, B: 1, K: 1024, M: 1024 ** 2, G: GIB, T: 1024 ** 4 } as const;

type Swap = NonNullable<Config['swap']>;

/**
 * Makes the file, if there is none of that name, and lets the kernel use it.
 * @throws Error if its folder is not on a disk, or does not have the room
 */
export async function addSwap(swap: Swap): Promise<void> {
  const file = swap.filename ?? DEFAULT_FILE;
  if (swap.size == null || swap.size === '0') return;
  if (!file.startsWith('/')) throw new Error(`swap.filename: expected an absolute path, got "${file}"`);
  const size = parseSwapSize('swap.size', swap.size);
  const largest = swap.maxsize == null ? undefined : parseSwapSize('swap.maxsize', swap.maxsize);
  if (isInUse(file)) return;
  const folder = directoryOf(file);
  makeDirectories(folder);
  checkFilesystem(file, filesystemType(folder));
  if (!exists(file)) {
    const limits = { memory: totalMemory(), free: freeSpace(folder), largest };
    const bytes = size === 'auto' ? automaticSize(limits) : size;
    if (bytes < LEAST || bytes > limits.free)
      throw new Error(`swap: ${bytes} bytes for ${file}, where ${limits.free} are free`);
    await makeSwapFile(file, bytes);
  }
  await runProgram(['swapon', file]);
}

/** Under another name until it is whole. */
async function makeSwapFile(file: string, bytes: number): Promise<void> {
  const unfinished = `${file}.new`;
  removeIfExists(unfinished);
  try {
    await runProgram(['sh', '-c', 'umask 077; exec fallocate -l "$1" "$2"', 'sh', String(bytes), unfinished]);
    await runProgram(['mkswap', unfinished]);
    rename(unfinished, file);
  } catch (error) {
    removeIfExists(unfinished);
    throw error;
  }
}

function isInUse(file: string): boolean {
  return (readTextIfExists('/proc/swaps') ?? '').split('\n').some((line) => line.split(/\s/)[0] === file);
}

function checkFilesystem(file: string, type: number): void {
  if (type === FILESYSTEM.ext || type === FILESYSTEM.xfs) return;
  const where = type === FILESYSTEM.tmpfs || type === FILESYSTEM.ramfs ? 'in memory itself' : 'on no disk';
  throw new Error(
    `swap: ${file} would lie ${where}; expected a file on ext4 or XFS, below /var/lib/rancher, /home or /opt with a state partition`,
  );
}

/** Bytes. Throws an Error that names the key if the text is no size. */
export function parseSwapSize(key: string, text: string): number | 'auto' {
  if (text === 'auto') return 'auto';
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([BKMGT]?)i?B?$/i.exec(text.trim()) ?? [];
  if (number === '') throw new Error(`${key}: expected a number of bytes, 512M or auto, got "${text}"`);
  return Math.floor(Number(number) * UNITS[unit.toUpperCase() as keyof typeof UNITS]);
}

/** As cloud-init has it: twice the memory if that is small, and never more than a quarter of what is free. */
export function automaticSize({
  memory,
  free,
  largest,
}: {
  readonly memory: number;
  readonly free: number;
  readonly largest: number | 'auto' | undefined;
}): number {
  const most = typeof largest === 'number' ? Math.min(largest, free * 0.9) : Math.min(free / 4, 8 * GIB);
  const wish =
    memory < GIB ? memory * 2 : memory < 2 * GIB ? 2 * GIB : memory < 16 * GIB ? 4 * GIB : memory / 2;
  return Math.floor(Math.min(wish, most) / 4096) * 4096;
}
