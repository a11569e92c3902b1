/** A file that is only in memory and has no name (memfd_create(2)): it reaches whoever gets its descriptor. */
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { readFile } from './file.ts';
import { writeAll } from './file-descriptor.ts';
import { call } from './syscall.ts';

const MFD_CLOEXEC = 1;

/** Makes one, close-on-exec, that has this text. */
export function makeMemoryFile(name: string, text: string): number {
  const fd = call('memfd_create', name, MFD_CLOEXEC);
  writeAll(fd, encodeUtf8(text));
  return fd;
}

/** All of its text. */
export function readMemoryFile(fd: number): string {
  return decodeUtf8(readFile(`/proc/self/fd/${fd}`));
}
