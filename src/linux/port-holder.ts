/** A port held by a socket that does nothing else: bind(2), ip(7), ipv6(7). */
import { close } from './file-descriptor.ts';
import { AF_INET6, socketAddress } from './socket-address.ts';
import { call, callOnPath } from './syscall.ts';

const SOCK = { tcp: 1, udp: 2 } as const;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

/**
 * Holds a port on an address, so that no other program gets it; of `::`, the IPv6 addresses only.
 * @returns the descriptor that holds it
 * @throws SyscallError EADDRINUSE if another has it, EADDRNOTAVAIL if the machine has no such address
 */
export function holdPort(protocol: keyof typeof SOCK, host: string, port: number): number {
  const { family, bytes } = socketAddress(host, port);
  const fd = call('socket', family, SOCK[protocol] | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  try {
    if (family === AF_INET6) call('setsockopt', fd, IPPROTO_IPV6, IPV6_V6ONLY, new Int32Array([1]), 4);
    callOnPath(`${host}:${port}`, 'bind', fd, bytes, bytes.length);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}
