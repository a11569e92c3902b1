/** Serving datagrams: udp(7). */
import { EPOLL, watch } from './event-loop.ts';
import { close } from './file-descriptor.ts';
import { localPort, socketAddress } from './socket-address.ts';
import { attempt, call, callOnPath } from './syscall.ts';

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MAXIMUM_ADDRESS = 28;
const MAXIMUM_DATAGRAM = 65535;
/** Then everybody else has a turn. */
const DATAGRAMS_PER_TURN = 16;

export interface DatagramServer {
  /** The real one. */
  readonly port: number;
  /** Sends one from this port, in vain if the kernel does not take it. The address is of the family of the server's. */
  sendTo(host: string, port: number, data: Uint8Array): void;
  close(): void;
}

let buffer: Uint8Array | undefined;

/**
 * Receives datagrams on an address; port 0 takes a free one.
 * @param onDatagram gets what has come, and a function that sends an answer to whoever has sent it; what the kernel does
 *   not take is lost, as datagrams are
 */
export function serveDatagrams(
  host: string,
  port: number,
  onDatagram: (data: Uint8Array, reply: (answer: Uint8Array) => void) => void,
): DatagramServer {
  const { family, bytes } = socketAddress(host, port);
  const fd = call('socket', family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  try {
    callOnPath(`${host}:${port}`, 'bind', fd, bytes, bytes.length);
  } catch (error) {
    close(fd);
    throw error;
  }
  let isClosed = false;
  const watching = watch(fd, EPOLL.IN, () => {
    for (let count = 0; count < DATAGRAMS_PER_TURN && !isClosed; count++) {
      const peer = new Uint8Array(MAXIMUM_ADDRESS);
      const size = new Int32Array([peer.length]);
      buffer ??= new Uint8Array(MAXIMUM_DATAGRAM);
      const length = attempt('recvfrom', fd, buffer, buffer.length, 0, peer, size);
      if (length < 0) return;
      onDatagram(buffer.slice(0, length), (answer) => {
        if (!isClosed) attempt('sendto', fd, answer, answer.length, 0, peer, size[0] ?? 0);
      });
    }
  });
  return {
    port: localPort(fd),
    sendTo: (peerHost, peerPort, data) => {
      const peer = socketAddress(peerHost, peerPort).bytes;
      attempt('sendto', fd, data, data.length, 0, peer, peer.length);
    },
    close: () => {
      isClosed = true;
      watching.stop();
      close(fd);
    },
  };
}
