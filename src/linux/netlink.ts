/** Sockets of netlink(7): requests to the kernel, and messages that it sends by itself. */
import { errnoNumber, SyscallError } from './errno.ts';
import { EPOLL, watch } from './event-loop.ts';
import { close } from './file-descriptor.ts';
import { log } from './log.ts';
import {
  decodeAcknowledgement,
  decodeMessages,
  encodeMessage,
  type NetlinkMessage,
  NLM_F,
  NLMSG,
} from './netlink-message.ts';
import { attempt, call, checked } from './syscall.ts';

/** Protocols of netlink(7). */
export const NETLINK = { ROUTE: 0, NETFILTER: 12, KOBJECT_UEVENT: 15 } as const;

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
/** Leave the request out of the answer to it. */
const NETLINK_CAP_ACK = 10;
/** Say in words what was wrong with a request. */
const NETLINK_EXT_ACK = 11;
const MSG_DONTWAIT = 0x40;
const ADDRESS_SIZE = 12;
const BUFFER_SIZE = 64 * 1024;
/** Enough for the burst of events when hundreds of devices come up at once. */
const EVENT_QUEUE_SIZE = 4 << 20;

/**
 * Asks rtnetlink and returns the messages of its answer; none for a request that only changes something. Blocks, but
 * the kernel answers at once.
 * @param what names the request in the error, such as `set eth0 up`
 * @throws SyscallError with the kernel's errno
 */
export function routeRequest(what: string, type: number, flags: number, body: Uint8Array): NetlinkMessage[] {
  return netlinkRequest(NETLINK.ROUTE, what, type, flags, body);
}

/** The same of another protocol. */
export function netlinkRequest(
  protocol: number,
  what: string,
  type: number,
  flags: number,
  body: Uint8Array,
): NetlinkMessage[] {
  const socket = openSocket(protocol);
  try {
    const request = encodeMessage({ type, flags: flags | NLM_F.REQUEST | NLM_F.ACK, sequence: 1, body });
    call('sendto', socket, request, request.length, 0, null, 0);
    return readAnswer(what, socket);
  } finally {
    close(socket);
  }
}

function readAnswer(what: string, socket: number): NetlinkMessage[] {
  const answer: NetlinkMessage[] = [];
  for (;;) {
    const buffer = new Uint8Array(BUFFER_SIZE);
    const count = call('recvfrom', socket, buffer, buffer.length, 0, null, null);
    for (const message of decodeMessages(buffer.subarray(0, count))) {
      if (message.type === NLMSG.DONE) return answer;
      if (message.type === NLMSG.ERROR) {
        const { errno, explanation } = decodeAcknowledgement(message);
        if (errno === 0) return answer;
        throw new SyscallError('netlink', errno, explanation ? `${what} (${explanation})` : what);
      }
      answer.push(message);
    }
  }
}

/**
 * Sends messages to a protocol that has dealt with all of them when sendto(2) returns, and returns whatever it answered.
 */
export function exchangeMessages(protocol: number, messages: Uint8Array): NetlinkMessage[] {
  const socket = openSocket(protocol);
  try {
    // The kernel refuses what does not fit into the queue, and takes no more than it needs.
    attempt('setsockopt', socket, SOL_SOCKET, SO_SNDBUFFORCE, new Int32Array([2 * messages.length]), 4);
    call('sendto', socket, messages, messages.length, 0, null, 0);
    const answers: NetlinkMessage[] = [];
    for (;;) {
      const buffer = new Uint8Array(BUFFER_SIZE);
      const count = attempt('recvfrom', socket, buffer, buffer.length, MSG_DONTWAIT, null, null);
      if (count === -errnoNumber('EAGAIN')) return answers;
      answers.push(...decodeMessages(buffer.subarray(0, checked(count, 'recvfrom'))));
    }
  } finally {
    close(socket);
  }
}

/** A socket that belongs to the network namespace in which this process is now. */
function openSocket(protocol: number): number {
  const socket = call('socket', AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK]) {
    attempt('setsockopt', socket, SOL_NETLINK, option, new Int32Array([1]), 4);
  }
  return socket;
}

/**
 * Calls back with each packet that the kernel sends to a group of a protocol. Returns a function that stops it.
 * When packets were lost because they came too fast, `onLoss` is called once for the gap.
 */
export function subscribe(
  protocol: number,
  groups: number,
  onPacket: (data: Uint8Array) => void,
  onLoss: () => void,
): () => void {
  const fd = call('socket', AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  const size = new Int32Array([EVENT_QUEUE_SIZE]);
  attempt('setsockopt', fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4);
  const address = new Uint8Array(ADDRESS_SIZE);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_NETLINK, true);
  view.setUint32(8, groups, true);
  call('bind', fd, address, address.length);
  const buffer = new Uint8Array(BUFFER_SIZE);
  const watching = watch(fd, EPOLL.IN, () => {
    for (;;) {
      const count = attempt('recvfrom', fd, buffer, buffer.length, 0, null, null);
      if (count >= 0) onPacket(buffer.slice(0, count));
      else if (count === -errnoNumber('ENOBUFS')) onLoss();
      else {
        if (count !== -errnoNumber('EAGAIN')) log.warn(new SyscallError('recvfrom', -count).message);
        return;
      }
    }
  });
  return () => {
    watching.stop();
    close(fd);
  };
}
