import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

const BLOCK = 512;
const RESEND_MILLISECONDS = 200;

/**
 * Serves files by TFTP (RFC 1350) on the loopback interface, badly: each transfer has a port of its own, as it must, but
 * the first request is lost, and every block is sent twice.
 */
export async function serveTftp(files: Readonly<Record<string, Buffer>>) {
  const server = createSocket('udp4');
  let requests = 0;
  server.on('message', (packet, client) => {
    if (requests++ === 0) return;
    const [path = '', mode] = packet.subarray(2).toString().split('\0');
    const file = mode === 'octet' ? files[path] : undefined;
    if (file !== undefined) void transfer(file, client);
    else server.send(Buffer.from('\0\x05\0\x01no such file\0'), client.port, client.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port, close: () => server.close() };
}

async function transfer(file: Buffer, client: RemoteInfo): Promise<void> {
  const socket = createSocket('udp4');
  for (let number = 1; number <= Math.floor(file.length / BLOCK) + 1; number++) {
    const block = file.subarray((number - 1) * BLOCK, number * BLOCK);
    const packet = Buffer.concat([Buffer.from([0, 3, number >> 8, number & 0xff]), block]);
    const send = () => socket.send(packet, client.port, client.address);
    send();
    send();
    const timer = setInterval(send, RESEND_MILLISECONDS);
    for (let acknowledged = 0; acknowledged !== number; ) {
      const [answer] = (await once(socket, 'message')) as [Buffer];
      acknowledged = answer.readUInt16BE(2);
    }
    clearInterval(timer);
  }
  socket.close();
}
