/** Questions about names that are not ours go to name servers outside, as they are. */
import { concatBytes } from '../../../linux/bytes.ts';
import { withTimeout } from '../../../linux/event-loop.ts';
import { connectTcp, connectUdp } from '../../../linux/socket.ts';
import type { Stream } from '../../../linux/stream.ts';

export type Transport = 'udp' | 'tcp';

const DNS_PORT = 53;
/** Docker's. */
const ANSWER_MILLISECONDS = 4000;
const MAXIMUM_SERVERS = 3;

/** The first answer that one of the servers gives; undefined if none does. */
export async function askServers(
  servers: readonly string[],
  question: Uint8Array,
  transport: Transport,
): Promise<Uint8Array | undefined> {
  for (const server of servers.slice(0, MAXIMUM_SERVERS)) {
    const answer = await askServer(server, question, transport).catch(() => undefined);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

async function askServer(
  server: string,
  question: Uint8Array,
  transport: Transport,
): Promise<Uint8Array | undefined> {
  const tooLate = new Error(`${server} does not answer`);
  const connecting = transport === 'udp' ? connectUdp(server, DNS_PORT) : connectTcp(server, DNS_PORT);
  // One that is connected too late is still to be closed.
  const stream = await withTimeout(connecting, ANSWER_MILLISECONDS, tooLate).catch((error) => {
    connecting.then((late) => late.close()).catch(() => {});
    throw error;
  });
  try {
    const exchange = transport === 'udp' ? askDatagram(stream, question) : askStream(stream, question);
    return await withTimeout(exchange, ANSWER_MILLISECONDS, tooLate);
  } finally {
    stream.close();
  }
}

/** Who answers something else is not heard: its first two bytes are the question's id. */
async function askDatagram(stream: Stream, question: Uint8Array): Promise<Uint8Array | undefined> {
  await stream.write(question);
  for (;;) {
    const answer = await stream.read();
    if (answer === null) return undefined;
    if (answer[0] === question[0] && answer[1] === question[1]) return answer;
  }
}

async function askStream(stream: Stream, question: Uint8Array): Promise<Uint8Array | undefined> {
  await stream.write(withLength(question));
  for await (const answer of messages(stream)) return answer;
  return undefined;
}

/** By TCP each message follows its length (RFC 1035, 4.2.2). */
export function withLength(message: Uint8Array): Uint8Array {
  return concatBytes([new Uint8Array([message.length >> 8, message.length & 0xff]), message]);
}

/** The messages of a TCP connection, until it ends. */
export async function* messages(stream: Stream): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for (;;) {
    const length = ((rest[0] ?? 0) << 8) | (rest[1] ?? 0);
    if (rest.length >= 2 && rest.length >= 2 + length) {
      yield rest.slice(2, 2 + length);
      rest = rest.subarray(2 + length);
      continue;
    }
    const chunk = await stream.read();
    if (chunk === null) return;
    rest = concatBytes([rest, chunk]);
  }
}
