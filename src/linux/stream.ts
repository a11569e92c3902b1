/** Descriptors as asynchronous byte streams: pipes, sockets, terminals; regular files too, which block. */
import { type ErrnoName, errnoNumber, SyscallError } from './errno.ts';
import { EPOLL, isWatchable, type Watch, watch } from './event-loop.ts';
import { close, setNonBlocking } from './file-descriptor.ts';
import { attempt } from './syscall.ts';

/** A stream of bytes in both directions. At most one read and one write may be under way. */
export interface Stream {
  readonly fd: number;
  /** The next bytes, or null at the end. Rejects with SyscallError, such as ECONNRESET. */
  read(): Promise<Uint8Array | null>;
  /** Resolves once the kernel has all bytes. Rejects if the peer is gone (EPIPE) or the stream was closed. */
  write(data: Uint8Array): Promise<void>;
  /** Half-close: the peer reads end of file, while this side can still read. */
  end(): void;
  /** Closes the descriptor. A read under way gives null, a write under way rejects. */
  close(): void;
}

const READ_SIZE = 64 * 1024;
const SHUT_WR = 1;
const MSG_NOSIGNAL = 0x4000;

/** One buffer for all reads: there is one thread, and every read copies out what it got. */
let readBuffer: Uint8Array | undefined;

/**
 * Takes over a descriptor, which becomes non-blocking, and closes it in the end.
 * @param readSize bytes that one read gives at most: less where it is much work to handle them
 */
export function openStream(fd: number, readSize = READ_SIZE): Stream {
  return new DescriptorStream(fd, readSize);
}

class DescriptorStream implements Stream {
  readonly fd: number;
  readonly #isWatchable: boolean;
  readonly #readSize: number;
  #watch: Watch | undefined;
  #watched = 0;
  #reader: { resolve(data: Uint8Array | null): void; reject(error: Error): void } | undefined;
  #writer: { rest: Uint8Array; resolve(): void; reject(error: Error): void } | undefined;
  #isClosed = false;

  constructor(fd: number, readSize: number) {
    this.fd = fd;
    this.#readSize = Math.min(readSize, READ_SIZE);
    this.#isWatchable = isWatchable(fd);
    if (this.#isWatchable) setNonBlocking(fd, true);
  }

  /**
   * Bytes are only taken from the kernel when epoll says that they are there, even if they are there already: a peer
   * that never pauses gets its turn like everybody else, and cannot keep the loop to itself.
   */
  read(): Promise<Uint8Array | null> {
    if (this.#isClosed) return Promise.resolve(null);
    if (this.#reader !== undefined) return Promise.reject(new Error('two reads of one stream at once'));
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      if (this.#isWatchable) this.#watchAlso(EPOLL.IN);
      else this.#tryRead();
    });
  }

  write(data: Uint8Array): Promise<void> {
    if (this.#isClosed) return Promise.reject(new SyscallError('write', errnoNumber('EBADF')));
    if (this.#writer !== undefined) return Promise.reject(new Error('two writes to one stream at once'));
    if (data.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#writer = { rest: data, resolve, reject };
      this.#tryWrite();
      if (this.#writer !== undefined) this.#watchAlso(EPOLL.OUT);
    });
  }

  end(): void {
    if (!this.#isClosed) attempt('shutdown', this.fd, SHUT_WR);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch?.stop();
    close(this.fd);
    this.#reader?.resolve(null);
    this.#writer?.reject(new SyscallError('write', errnoNumber('EPIPE')));
    this.#reader = undefined;
    this.#writer = undefined;
  }

  #tryRead(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    readBuffer ??= new Uint8Array(READ_SIZE);
    const count = attempt('read', this.fd, readBuffer, this.#readSize);
    if (isErrnoResult(count, 'EAGAIN')) return;
    this.#reader = undefined;
    if (count > 0) reader.resolve(readBuffer.slice(0, count));
    else if (count === 0 || isEndOfTerminal(count)) reader.resolve(null);
    else reader.reject(new SyscallError('read', -count));
  }

  #tryWrite(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    while (writer.rest.length > 0) {
      const count = this.#writeSome(writer.rest);
      if (isErrnoResult(count, 'EAGAIN')) return;
      if (count < 0) {
        this.#writer = undefined;
        writer.reject(new SyscallError('write', -count));
        return;
      }
      writer.rest = writer.rest.subarray(count);
    }
    this.#writer = undefined;
    writer.resolve();
  }

  /** Without SIGPIPE on sockets; pipes raise it, so programs that use streams ignore it (see main.ts). */
  #writeSome(data: Uint8Array): number {
    const count = attempt('sendto', this.fd, data, data.length, MSG_NOSIGNAL, null, 0);
    return isErrnoResult(count, 'ENOTSOCK') ? attempt('write', this.fd, data, data.length) : count;
  }

  #watchAlso(events: number): void {
    if ((this.#watched & events) === events && this.#watch !== undefined) return;
    this.#watched |= events;
    if (this.#watch === undefined) this.#watch = watch(this.fd, this.#watched, () => this.#onEvents());
    else this.#watch.setEvents(this.#watched);
  }

  /** Who reads in a loop asks again before the next turn of the event loop: so watching goes on until nobody wants it. */
  #onEvents(): void {
    const wanted = (this.#reader ? EPOLL.IN : 0) | (this.#writer ? EPOLL.OUT : 0);
    if (wanted === 0) {
      // Not merely without events: a hang-up would be reported all the same, again and again.
      this.#watch?.stop();
      this.#watch = undefined;
      this.#watched = 0;
      return;
    }
    if (wanted !== this.#watched) {
      this.#watched = wanted;
      this.#watch?.setEvents(wanted);
    }
    this.#tryRead();
    this.#tryWrite();
  }
}

function isErrnoResult(result: number, name: ErrnoName): boolean {
  return result === -errnoNumber(name);
}

/** The master side of a pty reads EIO once nobody has the other side open (pty(7)). */
function isEndOfTerminal(result: number): boolean {
  return isErrnoResult(result, 'EIO');
}
