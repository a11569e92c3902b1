/** The C host around QuickJS (`runtime/host.c`): the only thing here that is not TypeScript. */

/** What a system call takes: a number, a string (its NUL-terminated address), a buffer (its address), or 0 for null. */
export type SyscallArgument =
  | number
  | bigint
  | string
  | ArrayBuffer
  | Uint8Array
  | Int32Array
  | null
  | undefined;

/** A running SHA-256. `digest` may be called at any time and more may follow. */
export interface Sha256 {
  update(data: Uint8Array): void;
  digest(): Uint8Array;
}

/** A streaming codec: one step reads from `input` and fills `output`, never more. */
export interface Codec {
  /** Returns bytes consumed, bytes produced, and 1 once the stream is complete. Throws TypeError on bad data. */
  step(
    input: Uint8Array,
    output: Uint8Array,
    isLast: boolean,
  ): [consumed: number, produced: number, done: 0 | 1];
}

interface Host {
  /** The program's arguments; the first is the name it was called by. */
  readonly arguments: string[];
  /** `NAME=value` strings, as execve(2) gave them. */
  readonly environment: string[];
  readonly architecture: 'x86_64' | 'aarch64';
  /** Called when a promise is rejected without a handler, and again if one is added later. */
  onRejection?: (promise: Promise<unknown>, reason: unknown, isHandled: boolean) => void;
  /** The system call's result, or -errno. */
  syscall(number: number, ...args: SyscallArgument[]): number;
  /** 0 in the child, the pid in the parent, or -errno. */
  fork(): number;
  /** Returns only on failure: -errno. */
  execve(path: string, args: readonly string[], environment: readonly string[]): number;
  /** Where the bytes of a buffer lie, for structures that hold pointers. The buffer must stay referenced. */
  address(buffer: Uint8Array): number;
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
  /** Runs promise reactions until none is left. */
  runJobs(): void;
  /** The source maps of the modules of this program by their names, a JSON text. */
  sourceMaps(): string;
  /** Collects garbage, and gives the kernel back what is free. */
  trimMemory(): void;
  sha256(): Sha256;
  /** The digest of bytes, 20 bytes: for protocols that ask for it, not for safety. */
  sha1(bytes: Uint8Array): Uint8Array;
  gzip(): Codec;
  gunzip(): Codec;
  unzstd(): Codec;
}

declare global {
  const host: Host;
}
