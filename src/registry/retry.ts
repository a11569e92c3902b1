/** Trying again what may work the next time. */
import { HttpError } from '../http/message.ts';
import { SyscallError } from '../linux/errno.ts';
import { sleep } from '../linux/event-loop.ts';
import { RegistryError } from './registry-error.ts';
import { TlsError } from './tls.ts';
import { ConnectionError } from './transport.ts';

const ATTEMPTS = 5;
const FIRST_DELAY = 1;
const MAXIMUM_DELAY = 30;

/** An answer that was not what it should have been; another attempt may bring the right one. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError';
}

/** Who sends something wrong twice will send it again. */
const DAMAGED_ATTEMPTS = 2;

/**
 * Runs an operation up to five times, with pauses that double from one second on or that the registry asks for. What
 * cannot be better the next time is thrown at once.
 * @param onWait is told how many seconds the pause lasts
 */
export async function retrying<Value>(
  operation: () => Promise<Value>,
  onWait: (seconds: number) => void = () => {},
): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      const attempts = error instanceof DamagedError ? DAMAGED_ATTEMPTS : ATTEMPTS;
      if (attempt >= attempts || !isTemporary(error)) throw error;
      const wanted = error instanceof RegistryError ? error.retryAfter : undefined;
      const seconds = Math.min(wanted ?? FIRST_DELAY * 2 ** (attempt - 1), MAXIMUM_DELAY);
      onWait(seconds);
      await sleep(seconds * 1000);
    }
  }
}

function isTemporary(error: unknown): boolean {
  if (error instanceof RegistryError) return error.status === 429 || error.status >= 500;
  if (error instanceof ConnectionError) return error.cause !== undefined && isTemporary(error.cause);
  if (error instanceof TlsError) return !error.isTrust;
  if (error instanceof HttpError) return error.status === 502;
  if (error instanceof SyscallError) return ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(error.code);
  // What dial and the time limits throw has no class of its own.
  return error instanceof DamagedError || (error instanceof Error && error.constructor === Error);
}
