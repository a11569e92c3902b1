/** flock(2). */
import { O, withFile } from './file-descriptor.ts';
import { call } from './syscall.ts';

const LOCK_EX = 2;

/** Runs `use` while no other process that does the same with this path is in it. Waits for its turn. */
export function withLock<Result>(path: string, use: () => Result): Result {
  return withFile(path, O.RDONLY, (fd) => {
    call('flock', fd, LOCK_EX);
    return use();
  });
}
