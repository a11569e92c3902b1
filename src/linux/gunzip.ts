import { concatBytes } from './bytes.ts';

const OUTPUT_SIZE = 64 * 1024;
/** What grows beyond it is meant to harm, in bytes. */
const LARGEST = 32 * 1024 * 1024;

/** The contents of a gzip file. Throws an Error if they are damaged, cut off or far too large. */
export function gunzip(bytes: Uint8Array): Uint8Array {
  const codec = host.gunzip();
  const parts: Uint8Array[] = [];
  let [rest, length, isComplete] = [bytes, 0, false];
  for (;;) {
    const output = new Uint8Array(OUTPUT_SIZE);
    const [consumed, produced, done] = stepOf(() => codec.step(rest, output, false));
    rest = rest.subarray(consumed);
    if (consumed + produced > 0) isComplete = done === 1;
    length += produced;
    if (length > LARGEST) throw new Error(`gzip: more than ${LARGEST} bytes`);
    if (produced > 0) parts.push(output.subarray(0, produced));
    if (rest.length === 0 && produced < output.length) break;
    if (consumed + produced === 0) throw new Error('gzip: damaged data');
  }
  if (!isComplete) throw new Error('gzip: unexpected end of data');
  return concatBytes(parts);
}

function stepOf<Result>(step: () => Result): Result {
  try {
    return step();
  } catch (cause) {
    throw new Error('gzip: damaged data', { cause });
  }
}
