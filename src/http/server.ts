/** An HTTP/1.1 server over streams. It knows no sockets: give it connections by `accept`. */

import { isErrno } from '../linux/errno.ts';
import { setTimer as setLoopTimer } from '../linux/event-loop.ts';
import { log } from '../linux/log.ts';
import type { Stream } from '../linux/stream.ts';
import type { Timeouts } from './channel.ts';
import { Connection, type ConnectionHost, lastResponse } from './connection.ts';
import { HttpError } from './message.ts';
import type { HttpRequest } from './request.ts';
import type { HttpResponse } from './response.ts';

/** Answers a request. The response must be complete when the promise resolves, unless it was hijacked. */
export type Handler = (request: HttpRequest, response: HttpResponse) => Promise<void>;

export interface ServerOptions {
  /** Header fields of every response. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * What the client is told about an error that a handler throws. Without it, or if it gives undefined: an HttpError
   * tells its own status, everything else is logged and status 500.
   */
  readonly describeError?: (error: unknown) => { status: number; message: string } | undefined;
  /** How many connections may be open. When there are more, an idle one has to go. */
  readonly maximumConnections?: number;
  /** In seconds; they may take up to five longer. */
  readonly timeouts?: Partial<Timeouts>;
  /** For tests: replaces the event loop's timers. */
  readonly setTimer?: (milliseconds: number, callback: () => void) => () => void;
  /** For tests: replaces the log. */
  readonly logError?: (message: string, error: unknown) => void;
}

export interface Server {
  /** Serves a client. Takes the stream over. */
  accept(stream: Stream): void;
  /** How many connections are open, hijacked ones included. */
  readonly connectionCount: number;
  /** Closes all connections. */
  close(): void;
}

const DEFAULT_TIMEOUTS: Timeouts = { idle: 300, head: 30, body: 60, send: 60, linger: 5 };
const DEFAULT_MAXIMUM_CONNECTIONS = 512;
const TICK_SECONDS = 5;

export function createServer(handler: Handler, options: ServerOptions = {}): Server {
  const {
    setTimer = setLoopTimer,
    logError = log.error,
    maximumConnections = DEFAULT_MAXIMUM_CONNECTIONS,
  } = options;
  const connections = new Set<Connection>();
  const fixedFields = Object.entries(options.headers ?? {})
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const dateField = createDateField();
  let seconds = 0;
  let stopClock: (() => void) | undefined;

  /** One timer looks after all deadlines, and only while there are connections: none is set per request. */
  function tick(): void {
    seconds += TICK_SECONDS;
    for (const connection of [...connections]) connection.checkDeadline(seconds);
    stopClock = connections.size === 0 ? undefined : setTimer(TICK_SECONDS * 1000, tick);
  }

  const host: ConnectionHost = {
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
    fixedFields: () => fixedFields + dateField(),
    handle: handler,
    describeError: (error) => {
      const described = options.describeError?.(error);
      if (described !== undefined) return described;
      if (error instanceof HttpError) return error;
      logError('request failed', error);
      return { status: 500, message: error instanceof Error ? error.message : String(error) };
    },
    onLateError: (error) => {
      if (!isErrno(error, 'EPIPE', 'ECONNRESET', 'EBADF'))
        logError('request failed after its response began', error);
    },
    now: () => seconds + TICK_SECONDS,
    nextTurn: () => new Promise((resolve) => void setTimer(0, resolve)),
    onClosed: (connection) => connections.delete(connection),
  };

  function makeRoom(): boolean {
    if (connections.size < maximumConnections) return true;
    for (const connection of connections) {
      if (!connection.isIdle) continue;
      connection.close();
      return true;
    }
    return false;
  }

  return {
    get connectionCount() {
      return connections.size;
    },
    accept(stream) {
      if (!makeRoom()) {
        const close = () => stream.close();
        stream.write(lastResponse(503, `more than ${maximumConnections} connections`)).then(close, close);
        return;
      }
      const connection = new Connection(stream, host);
      connections.add(connection);
      stopClock ??= setTimer(TICK_SECONDS * 1000, tick);
      connection.run().catch((error: unknown) => logError('connection failed', error));
    },
    close() {
      stopClock?.();
      stopClock = undefined;
      for (const connection of [...connections]) connection.close();
    },
  };
}

/** The Date field, made anew once per second. */
function createDateField(): () => string {
  let second = 0;
  let field = '';
  return () => {
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) {
      second = now;
      field = `Date: ${new Date(now * 1000).toUTCString()}\r\n`;
    }
    return field;
  };
}
