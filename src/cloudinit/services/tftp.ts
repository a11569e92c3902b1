/** Fetching a file by TFTP: RFC 1350, octet mode, blocks of 512 bytes. */
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../linux/bytes.ts';
import { serveDatagrams } from '../../linux/datagram-server.ts';
import { setTimer } from '../../linux/event-loop.ts';
import { resolveHost } from '../../registry/resolve.ts';

const OPCODE = { RRQ: 1, DATA: 3, ACK: 4, ERROR: 5 } as const;
const FILE_NOT_FOUND = 1;
const BLOCK = 512;
const DEFAULT_PORT = 69;
const LARGEST = 8 * 1024 * 1024;
const RESEND_MILLISECONDS = 1000;
const TRIES = 5;

interface Location {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** The parts of `HOST[:PORT]/PATH`, an IPv6 address in brackets. Throws an Error if it has another form. */
export function parseTftpLocation(text: string): Location {
  const [, bracketed, plain, port, path = ''] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]+))(?::([0-9]{1,5}))?\/(.+)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new Error(`tftp:${text}: expected tftp:HOST[:PORT]/PATH`);
  return { host, port: Number(port ?? DEFAULT_PORT), path };
}

/**
 * Fetches a file of at most 8 MiB; undefined if the server says that there is none.
 * Throws an Error if nobody answers within five seconds, or it answers with another error.
 */
export async function fetchByTftp(text: string): Promise<Uint8Array | undefined> {
  const { host, port, path } = parseTftpLocation(text);
  const [address = host] = await resolveHost(host);
  const request = concatBytes([new Uint8Array([0, OPCODE.RRQ]), encodeUtf8(`${path}\0octet\0`)]);
  const blocks: Uint8Array[] = [];
  let size = 0;
  let tries = 0;
  let cancelTimer = () => {};
  return new Promise((resolve, reject) => {
    let resend = () => {};
    const socket = serveDatagrams(address.includes(':') ? '::' : '0.0.0.0', 0, (packet, reply) => {
      const [, opcode] = packet;
      const number = ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
      const body = packet.subarray(4);
      if (opcode === OPCODE.ERROR) {
        const message = decodeUtf8(body).replace(/\0.*/s, '');
        if (number === FILE_NOT_FOUND) finish(() => resolve(undefined));
        else
          finish(() => reject(new Error(`tftp:${text}: the server says: ${message || `error ${number}`}`)));
        return;
      }
      // A block that came twice was acknowledged; the acknowledgement of the last one may still be on its way.
      if (opcode !== OPCODE.DATA || number !== ((blocks.length + 1) & 0xffff)) return;
      blocks.push(body);
      size += body.length;
      // From now on the other side has a port of its own (RFC 1350, 4).
      send(() => reply(new Uint8Array([0, OPCODE.ACK, number >> 8, number & 0xff])));
      if (size > LARGEST) finish(() => reject(new Error(`tftp:${text}: larger than 8 MiB`)));
      else if (body.length < BLOCK) finish(() => resolve(concatBytes(blocks)));
    });
    const finish = (settle: () => void) => {
      cancelTimer();
      socket.close();
      settle();
    };
    const send = (packet: () => void) => {
      resend = packet;
      tries = 0;
      repeat();
    };
    const repeat = () => {
      cancelTimer();
      if (tries++ === TRIES) {
        finish(() => reject(new Error(`tftp:${text}: no answer within ${TRIES} s`)));
        return;
      }
      resend();
      cancelTimer = setTimer(RESEND_MILLISECONDS, repeat);
    };
    send(() => socket.sendTo(address, port, request));
  });
}
