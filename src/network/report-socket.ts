/** How a report of dhcpcd gets from the program that dhcpcd runs to the running network service. */
import { concatBytes, decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { connectUnix } from '../linux/socket.ts';
import type { Stream } from '../linux/stream.ts';
import { REPORT_SOCKET } from './dhcp-report.ts';

const SEPARATOR = '\0';

/** Sends an environment, and returns once it was taken. */
export async function sendReport(environment: readonly string[]): Promise<void> {
  const stream = await connectUnix(REPORT_SOCKET);
  await stream.write(encodeUtf8(environment.join(SEPARATOR)));
  stream.end();
  await stream.read();
  stream.close();
}

/** Receives an environment. */
export async function receiveReport(stream: Stream): Promise<string[]> {
  const parts: Uint8Array[] = [];
  for (let part = await stream.read(); part !== null; part = await stream.read()) parts.push(part);
  stream.close();
  return parts.length === 0 ? [] : decodeUtf8(concatBytes(parts)).split(SEPARATOR);
}
