import { run } from './exec.ts';

/** Compresses as much as zstd can. The same input gives the same output. */
export function compressZstd(input: Uint8Array): Promise<Buffer> {
  // Whoever decompresses allocates the whole window, which is 128 MB at level 22 unless the size is known.
  const options = ['--ultra', '-22', `--stream-size=${input.length}`, '--single-thread', '--no-progress'];
  return run('zstd', options, { input });
}
