/** Random bytes from the kernel, by getrandom(2). */
import { toHex } from './bytes.ts';
import { call } from './syscall.ts';

/** `length` (at most 256) bytes fit for secrets. */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  call('getrandom', bytes, length, 0);
  return bytes;
}

/** An identifier of 64 hexadecimal digits, as Docker's containers have. */
export function randomId(): string {
  return toHex(randomBytes(32));
}
