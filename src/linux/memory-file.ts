/** A file that is only in memory and has no name (memfd_create(2)): it reaches whoever gets its descriptor. */
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { readFile } from './file.ts';
import { writeAll } from './file-descriptor.ts';
import { call } from './syscall.ts';

const MFD_CLOEXEC = 1;

/** Makes one, close-on-exec, with this content. Whoever inherits it can open it as `/proc/self/fd/<number>`. */
export function makeMemoryFile(name: string, content: string | Uint8Array): number {
  const fd = call('memfd_create', name, MFD_CLOEXEC);
  writeAll(fd, typeof content === 'string' ? encodeUtf8(content) : content);
  return fd;
}

/** All of its text. */
export function readMemoryFile(fd: number): string {
  return decodeUtf8(readFile(`/proc/self/fd/${fd}`));
}
