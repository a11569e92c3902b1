/** What a command sees of its surroundings; the tests have one of their own. */
import type { EngineClient } from '../../engine/client.ts';
import type { ByteSource } from '../../http/client.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { isErrno } from '../../linux/errno.ts';
import { sleep } from '../../linux/event-loop.ts';
import { readText, removeIfExists, rename } from '../../linux/file.ts';
import { close, O, open, writeAll } from '../../linux/file-descriptor.ts';
import { environmentVariable } from '../../linux/process.ts';
import { onSignal, type SignalName } from '../../linux/signal.ts';
import { openStream } from '../../linux/stream.ts';
import { isTerminal, makeRaw, type WindowSize, windowSize } from '../../linux/terminal.ts';

export interface Console {
  /** A client of the engine at an address. Throws an Error for an address that is none. */
  openClient(address: string): Promise<EngineClient>;
  /** Writes to standard output. */
  out(data: string | Uint8Array): void;
  /** Writes to standard error. */
  err(data: string | Uint8Array): void;
  readonly inputIsTerminal: boolean;
  readonly outputIsTerminal: boolean;
  /** Standard input. */
  openInput(): ByteSource;
  /** Puts the input's terminal into raw mode. Returns a function that puts it back. */
  makeRaw(): () => void;
  /** The size of the output's terminal; undefined without one. */
  windowSize(): WindowSize | undefined;
  onSignal(name: SignalName, callback: () => void): () => void;
  sleep(milliseconds: number): Promise<void>;
  environment(name: string): string | undefined;
  /** A file's text. Throws SyscallError, like the next two. */
  readText(path: string): string;
  openFile(path: string): ByteSource & { close(): void };
  /** Writes a file that appears under its name only when it is complete. */
  saveFile(path: string, contents: ByteSource): Promise<void>;
}

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/** The console of this process. */
export function processConsole(): Console {
  return {
    openClient: async (address) => (await import('../../engine/client.ts')).EngineClient.at(address),
    out: (data) => writeAll(STDOUT, bytesOf(data)),
    err: (data) => writeAll(STDERR, bytesOf(data)),
    inputIsTerminal: isTerminal(STDIN),
    outputIsTerminal: isTerminal(STDOUT),
    openInput: () => openStream(inputDescriptor()),
    makeRaw: () => makeRaw(STDIN),
    windowSize: () => (isTerminal(STDOUT) ? windowSize(STDOUT) : undefined),
    onSignal,
    sleep,
    environment: environmentVariable,
    readText,
    openFile: (path) => openStream(open(path, O.RDONLY)),
    saveFile,
  };
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? encodeUtf8(data) : data;
}

/**
 * A terminal or pipe is opened a second time: a stream is non-blocking, and that is a property of the open file, which
 * the shell and our standard output may share. What cannot be opened again (a socket) is used as it is.
 */
function inputDescriptor(): number {
  try {
    return open(`/proc/self/fd/${STDIN}`, O.RDONLY | O.NOCTTY);
  } catch {
    return STDIN;
  }
}

async function saveFile(path: string, contents: ByteSource): Promise<void> {
  const temporary = `${path}.partial`;
  const fd = open(temporary, O.WRONLY | O.CREAT | O.TRUNC);
  try {
    for (let data = await contents.read(); data !== null; data = await contents.read()) writeAll(fd, data);
    rename(temporary, path);
  } catch (error) {
    removeIfExists(temporary);
    throw error;
  } finally {
    close(fd);
  }
}

/** Whether an error means that nobody reads our output any more. */
export function isBrokenPipe(error: unknown): boolean {
  return isErrno(error, 'EPIPE');
}
