/** What others tell the running network service: dhcpcd's findings, and that it shall apply the configuration again. */
import { concatBytes, decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import { log } from '../linux/log.ts';
import { connectUnix, listenUnix } from '../linux/socket.ts';
import type { Stream } from '../linux/stream.ts';
import { REPORT_SOCKET } from './dhcp-report.ts';

const SEPARATOR = '\0';
/** No environment of dhcpcd, since it is no variable. */
const APPLY = 'apply';

export interface RequestHandlers {
  /** Gets an environment, as `NAME=value` strings. */
  onReport(environment: string[]): void;
  /** What it resolves to is answered as JSON. */
  onApply(): Promise<unknown>;
}

/** Takes requests. One that fails is logged. */
export function listenForRequests(handlers: RequestHandlers): void {
  listenUnix(REPORT_SOCKET, { mode: 0o600 }, (stream) => {
    answer(stream, handlers).catch((error: unknown) => log.warn(`request: ${errorMessage(error)}`));
  });
}

async function answer(stream: Stream, { onReport, onApply }: RequestHandlers): Promise<void> {
  try {
    const entries = (await readAll(stream)).split(SEPARATOR);
    if (entries.length !== 1 || entries[0] !== APPLY) onReport(entries);
    else await stream.write(encodeUtf8(JSON.stringify(await onApply())));
  } finally {
    stream.close();
  }
}

/** Sends an environment, and returns once it was taken. */
export async function sendReport(environment: readonly string[]): Promise<void> {
  await ask(environment.join(SEPARATOR));
}

/** Lets the running network service read the configuration and apply it; returns the JSON of what came of it. */
export function requestApply(): Promise<string> {
  return ask(APPLY);
}

async function ask(question: string): Promise<string> {
  const stream = await connectUnix(REPORT_SOCKET);
  try {
    await stream.write(encodeUtf8(question));
    stream.end();
    return await readAll(stream);
  } finally {
    stream.close();
  }
}

async function readAll(stream: Stream): Promise<string> {
  const parts: Uint8Array[] = [];
  for (let part = await stream.read(); part !== null; part = await stream.read()) parts.push(part);
  return parts.length === 0 ? '' : decodeUtf8(concatBytes(parts));
}
