/** Learning that files have changed: inotify(7). The files of control groups tell it, too. */
import { EPOLL, watch } from './event-loop.ts';
import { read } from './file-descriptor.ts';
import { attempt, call, callOnPath } from './syscall.ts';

const IN_MODIFY = 2;
const IN_IGNORED = 0x8000;
const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;
/** struct inotify_event: watch, mask, cookie, length of the name that follows. */
const EVENT = { SIZE: 16, MASK: 4, NAME_LENGTH: 12 } as const;
const BUFFER_SIZE = 4096;

/** Watches any number of files with one descriptor. */
export class FileChanges {
  readonly #callbacks = new Map<number, () => void>();
  readonly #fd = call('inotify_init1', IN_NONBLOCK | IN_CLOEXEC);

  constructor() {
    watch(this.#fd, EPOLL.IN, () => this.#deliver());
  }

  /** Calls back when the file has changed, until it is deleted or the returned function is called. */
  onChange(path: string, callback: () => void): () => void {
    const id = callOnPath(path, 'inotify_add_watch', this.#fd, path, IN_MODIFY);
    this.#callbacks.set(id, callback);
    return () => {
      if (this.#callbacks.delete(id)) attempt('inotify_rm_watch', this.#fd, id);
    };
  }

  #deliver(): void {
    const buffer = new Uint8Array(BUFFER_SIZE);
    const view = new DataView(buffer.buffer);
    const count = read(this.#fd, buffer);
    const changed = new Set<number>();
    for (let offset = 0; offset < count; ) {
      const id = view.getInt32(offset, true);
      const mask = view.getUint32(offset + EVENT.MASK, true);
      if ((mask & IN_IGNORED) !== 0) this.#callbacks.delete(id);
      else changed.add(id);
      offset += EVENT.SIZE + view.getUint32(offset + EVENT.NAME_LENGTH, true);
    }
    for (const id of changed) this.#callbacks.get(id)?.();
  }
}
