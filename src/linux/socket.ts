/** Sockets: unix(7), TCP and UDP over IPv4 and IPv6 (ip(7), ipv6(7)), listening and connecting. */
import { concatBytes, encodeUtf8 } from './bytes.ts';
import { errnoNumber, SyscallError } from './errno.ts';
import { EPOLL, watch } from './event-loop.ts';
import { changeMode, changeOwner, removeIfExists } from './file.ts';
import { close, setCloseOnExec } from './file-descriptor.ts';
import { log } from './log.ts';
import { AF_INET6, localPort, socketAddress } from './socket-address.ts';
import { openStream, type Stream } from './stream.ts';
import { attempt, call, callOnPath, checked } from './syscall.ts';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ERROR = 4;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
/** The kernel takes its own limit (net.core.somaxconn, 4096) where that is less; a client beyond it fails at once. */
const BACKLOG = 4096;
const UNIX_PATH_MAX = 107;

export interface Listener {
  readonly fd: number;
  /** What it listens on: a path, or `host:port` with the real port. */
  readonly address: string;
  close(): void;
}

/** Goes on listening on a socket that another program listened on before it became this one. */
export function resumeListening(
  fd: number,
  address: string,
  onConnection: (stream: Stream) => void,
): Listener {
  setCloseOnExec(fd, true);
  return listen(fd, address, (stream) => {
    setOption(stream.fd, IPPROTO_TCP, TCP_NODELAY, 1); // refused by a unix socket, which has no delay
    onConnection(stream);
  });
}

/** Listens on a unix socket, replacing one that is left there. */
export function listenUnix(
  path: string,
  options: { mode: number; uid?: number; gid?: number },
  onConnection: (stream: Stream) => void,
): Listener {
  removeIfExists(path);
  const fd = newSocket(AF_UNIX);
  const address = unixAddress(path);
  callOnPath(path, 'bind', fd, address, address.length);
  changeOwner(path, options.uid ?? 0, options.gid ?? 0);
  changeMode(path, options.mode);
  return listen(fd, path, onConnection);
}

/** Listens on a TCP port of an IPv4 address; port 0 takes a free one. */
export function listenTcp(host: string, port: number, onConnection: (stream: Stream) => void): Listener {
  const { family, bytes } = socketAddress(host, port);
  const fd = newSocket(family);
  setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  try {
    callOnPath(`${host}:${port}`, 'bind', fd, bytes, bytes.length);
  } catch (error) {
    close(fd);
    throw error;
  }
  return listen(fd, `${host}:${localPort(fd)}`, (stream) => {
    setOption(stream.fd, IPPROTO_TCP, TCP_NODELAY, 1);
    onConnection(stream);
  });
}

/** Connects to a unix socket. */
export async function connectUnix(path: string): Promise<Stream> {
  return connect(AF_UNIX, SOCK_STREAM, unixAddress(path), path);
}

/** Connects to a TCP port of an IPv4 or IPv6 address. */
export async function connectTcp(host: string, port: number): Promise<Stream> {
  const stream = await connectInternet(SOCK_STREAM, host, port);
  setOption(stream.fd, IPPROTO_TCP, TCP_NODELAY, 1);
  return stream;
}

/** A UDP socket for one peer: every write is a datagram to it, every read is one from it. */
export function connectUdp(host: string, port: number): Promise<Stream> {
  return connectInternet(SOCK_DGRAM, host, port);
}

function connectInternet(type: number, host: string, port: number): Promise<Stream> {
  const { family, bytes } = socketAddress(host, port);
  return connect(family, type, bytes, family === AF_INET6 ? `[${host}]:${port}` : `${host}:${port}`);
}

/** Two connected unix sockets, blocking and close-on-exec. */
export function socketPair(): [first: number, second: number] {
  const ends = new Int32Array(2);
  call('socketpair', AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
  return [ends[0] ?? -1, ends[1] ?? -1];
}

function newSocket(family: number, type = SOCK_STREAM): number {
  return call('socket', family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

function setOption(fd: number, level: number, option: number, value: number): void {
  attempt('setsockopt', fd, level, option, new Int32Array([value]), 4);
}

/** struct sockaddr_un. */
function unixAddress(path: string): Uint8Array {
  const name = encodeUtf8(path);
  if (name.length > UNIX_PATH_MAX) throw new SyscallError('bind', errnoNumber('ENAMETOOLONG'), path);
  return concatBytes([new Uint8Array([AF_UNIX, 0]), name, new Uint8Array(1)]);
}

function listen(fd: number, address: string, onConnection: (stream: Stream) => void): Listener {
  call('listen', fd, BACKLOG);
  const watching = watch(fd, EPOLL.IN, () => {
    for (;;) {
      const connection = attempt('accept4', fd, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (connection < 0) {
        if (connection !== -errnoNumber('EAGAIN')) {
          log.warn(new SyscallError('accept4', -connection, address).message);
        }
        return;
      }
      onConnection(openStream(connection));
    }
  });
  return {
    fd,
    address,
    close: () => {
      watching.stop();
      close(fd);
    },
  };
}

async function connect(family: number, type: number, address: Uint8Array, name: string): Promise<Stream> {
  const fd = newSocket(family, type);
  try {
    const result = attempt('connect', fd, address, address.length);
    if (result === -errnoNumber('EINPROGRESS')) await connectionMade(fd, name);
    else checked(result, 'connect', name);
    return openStream(fd);
  } catch (error) {
    close(fd);
    throw error;
  }
}

function connectionMade(fd: number, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const watching = watch(fd, EPOLL.OUT, () => {
      watching.stop();
      const error = new Int32Array(1);
      call('getsockopt', fd, SOL_SOCKET, SO_ERROR, error, new Int32Array([4]));
      if (error[0]) reject(new SyscallError('connect', error[0], name));
      else resolve();
    });
  });
}
