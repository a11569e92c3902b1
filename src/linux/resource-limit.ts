/** Resource limits of this process and its descendants: prlimit(2). */
import { call } from './syscall.ts';

const RLIMIT_NOFILE = 7;
const RLIMIT_AS = 9;

/** How many descriptors a process may have open. */
export function setOpenFilesLimit(limit: number): void {
  setLimit(RLIMIT_NOFILE, limit);
}

/** How many bytes of addresses a process may have. */
export function setMemoryLimit(limit: number): void {
  setLimit(RLIMIT_AS, limit);
}

function setLimit(resource: number, limit: number): void {
  const value = new BigUint64Array([BigInt(limit), BigInt(limit)]);
  call('prlimit64', 0, resource, new Uint8Array(value.buffer), null);
}
