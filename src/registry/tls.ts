/** TLS by the program `tls-client` (runtime/tls-client.c), one process for each connection. */
import { decodeUtf8 } from '../linux/bytes.ts';
import { exitCode } from '../linux/child.ts';
import { withTimeout } from '../linux/event-loop.ts';
import { exists } from '../linux/file.ts';
import { close, pipe, read } from '../linux/file-descriptor.ts';
import { makeMemoryFile } from '../linux/memory-file.ts';
import { type Child, spawn } from '../linux/process.ts';
import { socketPair } from '../linux/socket.ts';
import { openStream, type Stream } from '../linux/stream.ts';
import type { Certificates } from './certificates.ts';

const PROGRAM = '/usr/lib/paddock/tls-client';
/** Where the authorities are that the machine trusts. */
const SYSTEM_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
/** How long a program that has nothing more to do may take to end. */
const END_MILLISECONDS = 5000;

/** Exit statuses of the program. */
const UNTRUSTED = 2;

export interface TlsOptions extends Certificates {
  /** Whom the server's certificate must be made out to. */
  readonly host: string;
  /** Accepts any certificate. */
  readonly isInsecure: boolean;
}

/** A TLS connection that did not come about or broke; `isTrust` if it is for the server's certificate. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
  readonly isTrust: boolean;

  constructor(message: string, isTrust: boolean) {
    super(message);
    this.isTrust = isTrust;
  }
}

/** Makes a connection encrypted; takes over the connection. What is wrong with it shows at the first read: TlsError. */
export function startTls(connection: Stream, options: TlsOptions): Stream {
  const files: number[] = [];
  const pathOf = (content: Uint8Array) => {
    const fd = makeMemoryFile('certificate', content);
    files.push(fd);
    return `/proc/self/fd/${fd}`;
  };
  const { identity } = options;
  const authorities = [
    ...(exists(SYSTEM_AUTHORITIES) ? [SYSTEM_AUTHORITIES] : []),
    ...options.authorities.map(pathOf),
  ];
  const own = identity && ['--certificate', pathOf(identity.certificate), '--key', pathOf(identity.key)];
  const [ours, theirs] = socketPair();
  const [errorEnd, childErrorEnd] = pipe();
  try {
    const child = spawn({
      command: [
        PROGRAM,
        ...authorities.flatMap((path) => ['--ca', path]),
        ...(own ?? []),
        ...(options.isInsecure ? ['--insecure'] : []),
        options.host,
      ],
      environment: [],
      stdin: theirs,
      stdout: connection.fd,
      stderr: childErrorEnd,
      keep: files,
    });
    return openTlsStream(openStream(ours), child, errorEnd);
  } catch (error) {
    close(ours);
    close(errorEnd);
    throw error;
  } finally {
    for (const fd of [theirs, childErrorEnd, ...files]) close(fd);
    connection.close();
  }
}

/** The plaintext, whose end is only believed if the program says that it is one. */
function openTlsStream(plain: Stream, child: Child, errorEnd: number): Stream {
  let isClosed = false;

  async function verdict(): Promise<null> {
    plain.end();
    const status = await withTimeout(
      child.exited,
      END_MILLISECONDS,
      new TlsError('the connection does not end', false),
    );
    const code = exitCode(status);
    if (code !== 0 && !isClosed) throw new TlsError(wording(readMessage(errorEnd)), code === UNTRUSTED);
    return null;
  }

  return {
    fd: plain.fd,
    async read() {
      const data = await plain.read().catch(() => null);
      return data ?? (isClosed ? null : await verdict());
    },
    write: (data) => plain.write(data),
    end: () => plain.end(),
    close() {
      if (isClosed) return;
      isClosed = true;
      plain.close();
      close(errorEnd);
    },
  };
}

/** The line that the program left, without the host at its beginning. */
function readMessage(fd: number): string {
  const buffer = new Uint8Array(1024);
  const text = decodeUtf8(buffer.subarray(0, read(fd, buffer))).trim();
  return text.replace(/^\S+: /, '');
}

/** In the words of Go's library, which people look for, where they say the same. */
function wording(message: string): string {
  const [, trust] = /^server certificate: (.*)$/.exec(message) ?? [];
  if (trust !== undefined) {
    const isUnknown = /local issuer|self-signed/.test(trust);
    const reason = isUnknown ? `certificate signed by unknown authority (${trust})` : trust;
    return `tls: failed to verify certificate: x509: ${reason}`;
  }
  if (message.endsWith('wrong version number')) return 'http: server gave HTTP response to HTTPS client';
  return message || 'the TLS client failed';
}
