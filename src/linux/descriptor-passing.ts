/** Receiving a descriptor from another process over a unix socket: SCM_RIGHTS (unix(7)), recvmsg(2). */
import { EPOLL, watch } from './event-loop.ts';
import { removeIfExists } from './file.ts';
import { type Listener, listenUnix } from './socket.ts';
import { call } from './syscall.ts';

const MSG_CMSG_CLOEXEC = 0x40000000;
/** struct cmsghdr: length (8 bytes), level, type, then the data. */
const CMSG_DATA = 16;

export interface DescriptorReceiver {
  /** The first descriptor that comes, close-on-exec. Never settles if none does. */
  readonly received: Promise<number>;
  /** Stops listening. A descriptor that was received stays open. */
  close(): void;
}

/** Listens at `path` for one descriptor. */
export function receiveDescriptorAt(path: string): DescriptorReceiver {
  let listener: Listener | undefined;
  const received = new Promise<number>((resolve, reject) => {
    listener = listenUnix(path, { mode: 0o600 }, (connection) => {
      const watching = watch(connection.fd, EPOLL.IN, () => {
        watching.stop();
        const fd = receiveDescriptor(connection.fd);
        connection.close();
        if (fd === undefined) reject(new Error(`${path}: no descriptor came`));
        else resolve(fd);
      });
    });
  });
  return {
    received,
    close: () => {
      listener?.close();
      removeIfExists(path);
    },
  };
}

/** struct msghdr has seven fields of eight bytes: name, its length, iov, its length, control, its length, flags. */
function receiveDescriptor(socket: number): number | undefined {
  const data = new Uint8Array(4096);
  const control = new Uint8Array(CMSG_DATA + 8);
  const iov = new Uint8Array(new BigUint64Array([addressOf(data), BigInt(data.length)]).buffer);
  const fields = [0n, 0n, addressOf(iov), 1n, addressOf(control), BigInt(control.length), 0n];
  call('recvmsg', socket, new Uint8Array(new BigUint64Array(fields).buffer), MSG_CMSG_CLOEXEC);
  const view = new DataView(control.buffer);
  return view.getUint32(0, true) >= CMSG_DATA + 4 ? view.getInt32(CMSG_DATA, true) : undefined;
}

function addressOf(buffer: Uint8Array): bigint {
  return BigInt(host.address(buffer));
}
