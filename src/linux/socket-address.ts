/** Addresses of internet sockets as the kernel has them: ip(7), ipv6(7). */
import { errnoNumber, SyscallError } from './errno.ts';
import { parseAddress } from './ip-address.ts';
import { call } from './syscall.ts';

export const AF_INET = 2;
export const AF_INET6 = 10;

/** An address of a family with a port. */
export interface SocketAddress {
  readonly family: typeof AF_INET | typeof AF_INET6;
  /** struct sockaddr_in, or struct sockaddr_in6. */
  readonly bytes: Uint8Array;
}

/** Throws SyscallError EADDRNOTAVAIL if the text is no address, or the number no port. */
export function socketAddress(host: string, port: number): SocketAddress {
  const address = parseAddress(host);
  if (address === undefined || !(port >= 0 && port <= 65535)) {
    throw new SyscallError('bind', errnoNumber('EADDRNOTAVAIL'), `${host}:${port}`);
  }
  const family = address.length === 4 ? AF_INET : AF_INET6;
  const bytes = new Uint8Array(family === AF_INET ? 16 : 28);
  bytes.set([family, 0, port >> 8, port & 0xff]);
  bytes.set(address, family === AF_INET ? 4 : 8);
  return { family, bytes };
}

/** The port that a socket of either family has got. */
export function localPort(fd: number): number {
  const address = new Uint8Array(28);
  call('getsockname', fd, address, new Int32Array([address.length]));
  return new DataView(address.buffer).getUint16(2);
}
