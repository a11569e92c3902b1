/**
 * Reading an archive that may be compressed: gzip and zstd are ours, xz and bzip2 are done by busybox, in a process of
 * `nobody` that is given little memory. For workers.
 */
import { exitCode, waitForProcess } from '../../linux/child.ts';
import { close, O, open, pipe, read, writeAll } from '../../linux/file-descriptor.ts';
import { becomeNobody } from '../../linux/privileges.ts';
import { execute, forkProcess } from '../../linux/process.ts';
import { setMemoryLimit } from '../../linux/resource-limit.ts';
import { call } from '../../linux/syscall.ts';
import { FormatError } from '../../oci/errors.ts';
import { COMPRESSION_PREFIX, Decompressor, detectCompression } from './compression.ts';

/** In a worker that has changed its root, there is none. */
const NOT_FOUND = 127;
const READ_SIZE = 256 * 1024;
const BUSYBOX = '/usr/bin/busybox';
const APPLETS = { xz: 'unxz', bzip2: 'bunzip2' } as const;
/** `xz -9` wants 65 MB to be read again. */
const MEMORY_LIMIT = 256 * 1024 * 1024;

/**
 * Reads a file or a pipe to its end and passes on what is in it.
 * @param take gets views, to be used before returning; false: it has enough
 * @throws FormatError if the compression is damaged or cut off
 */
export function decompress(input: number, take: (bytes: Uint8Array) => unknown): void {
  const beginning = readBeginning(input);
  const name = detectCompression(beginning);
  if (name === 'xz' || name === 'bzip2') filter(name, beginning, input, take);
  else decompressHere(beginning, input, take);
}

function readBeginning(input: number): Uint8Array {
  const beginning = new Uint8Array(COMPRESSION_PREFIX);
  let length = 0;
  while (length < COMPRESSION_PREFIX) {
    const count = read(input, beginning.subarray(length));
    if (count === 0) break;
    length += count;
  }
  return beginning.subarray(0, length);
}

function decompressHere(beginning: Uint8Array, input: number, take: (bytes: Uint8Array) => unknown): void {
  let isEnough = false;
  const decompressor = new Decompressor((bytes) => {
    isEnough ||= take(bytes) === false;
  });
  decompressor.push(beginning);
  const buffer = new Uint8Array(READ_SIZE);
  for (let count = read(input, buffer); count > 0 && !isEnough; count = read(input, buffer)) {
    decompressor.push(buffer.subarray(0, count));
  }
  if (!isEnough) decompressor.end();
}

function filter(
  name: keyof typeof APPLETS,
  beginning: Uint8Array,
  input: number,
  take: (bytes: Uint8Array) => unknown,
): void {
  const [filterInput, feederEnd] = pipe();
  const [output, filterOutput] = pipe();
  const feeder = forkProcess(() => {
    close(filterInput);
    close(filterOutput);
    close(output);
    return feed(beginning, input, feederEnd);
  });
  const busybox = forkProcess(() => {
    for (const [target, fd] of [filterInput, filterOutput, open('/dev/null', O.RDWR)].entries()) {
      call('dup3', fd, target, 0);
    }
    setMemoryLimit(MEMORY_LIMIT);
    becomeNobody();
    try {
      execute(BUSYBOX, [APPLETS[name], '-c'], []);
    } catch {
      return NOT_FOUND;
    }
  });
  for (const fd of [filterInput, filterOutput, feederEnd]) close(fd);
  let isEnough = false;
  try {
    const buffer = new Uint8Array(READ_SIZE);
    for (let count = read(output, buffer); count > 0 && !isEnough; count = read(output, buffer)) {
      isEnough = take(buffer.subarray(0, count)) === false;
    }
  } finally {
    // Whoever still writes to it ends.
    close(output);
  }
  const code = exitCode(waitForProcess(busybox));
  waitForProcess(feeder);
  if (code === NOT_FOUND)
    throw new FormatError(`${name} compression is not supported here, only gzip and zstd`);
  if (code !== 0 && !isEnough) throw new FormatError(`${name}: damaged data`);
}

/** Passes on what has been read, and the rest. */
function feed(beginning: Uint8Array, input: number, output: number): number {
  writeAll(output, beginning);
  const buffer = new Uint8Array(READ_SIZE);
  for (let count = read(input, buffer); count > 0; count = read(input, buffer)) {
    writeAll(output, buffer.subarray(0, count));
  }
  return 0;
}
