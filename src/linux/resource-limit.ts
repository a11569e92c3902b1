/** Resource limits of this process and its descendants: prlimit(2). */
import { call } from './syscall.ts';

const RLIMIT_NOFILE = 7;

/** How many descriptors a process may have open. */
export function setOpenFilesLimit(limit: number): void {
  const value = new BigUint64Array([BigInt(limit), BigInt(limit)]);
  call('prlimit64', 0, RLIMIT_NOFILE, new Uint8Array(value.buffer), null);
}
