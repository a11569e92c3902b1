/** `GET /containers/{id}/logs`. */

import { type Query, queryFlag, queryInteger, queryValue } from '../../http/query.ts';
import type { RouteContext } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { formatTimestamp } from '../../linux/clock.ts';
import type { Container } from '../containers/container.ts';
import { logPath } from '../containers/start.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter, notImplemented } from '../errors.ts';
import { attributesText } from '../logs/log-attributes.ts';
import { keepsFiles } from '../logs/log-driver.ts';
import type { LogEntry } from '../logs/log-entry.ts';
import { readLog } from '../logs/log-reader.ts';
import { encodeFrames, MULTIPLEXED_STREAM, RAW_STREAM } from '../stdcopy.ts';

/** Sends the log, and with `follow` what is added to it until the container ends or the client goes. */
export async function serveLogs(
  engine: Engine,
  container: Container,
  { query, request, response }: RouteContext,
): Promise<void> {
  const { config, hostConfig } = container.record;
  const wanted = { stdout: queryFlag(query, 'stdout'), stderr: queryFlag(query, 'stderr') };
  if (!wanted.stdout && !wanted.stderr) {
    throw invalidParameter('Bad parameters: you must choose at least one stream');
  }
  if (!keepsFiles(hostConfig.LogConfig?.Type)) {
    throw notImplemented('configured logging driver does not support reading');
  }
  const withTime = queryFlag(query, 'timestamps');
  const isTerminal = config.Tty === true;
  const range = { tail: tailOf(query), since: instantOf(query, 'since'), until: instantOf(query, 'until') };
  const withDetails = queryFlag(query, 'details');
  const textOf = ({ log, time, attrs }: LogEntry) => {
    const line = withDetails ? `${attributesText(attrs)} ${log}` : log;
    return withTime ? `${time} ${line}` : line;
  };
  await response.startChunked(isTerminal ? RAW_STREAM : MULTIPLEXED_STREAM);
  const follow = queryFlag(query, 'follow') ? followRun(container, request) : undefined;
  try {
    await readLog(
      { path: logPath(engine, container), live: container.log },
      range,
      async (entries) => {
        const chosen = entries.filter(({ stream }) => wanted[stream]);
        if (chosen.length === 0) return;
        const bytes = isTerminal
          ? encodeUtf8(chosen.map(textOf).join(''))
          : encodeFrames(chosen.map((entry) => [entry.stream, textOf(entry)]));
        await response.write(bytes);
      },
      follow,
    );
  } finally {
    follow?.stop();
  }
  await response.end();
}

/** Wakes up at new lines; over when the container has ended or the client is gone. */
function followRun(container: Container, request: RouteContext['request']) {
  let isOver = !container.isAlive;
  let wake: () => void = () => {};
  let isAwake = false;
  const wakeUp = () => {
    isAwake = true;
    wake();
  };
  const end = () => {
    isOver = true;
    wakeUp();
  };
  const stops = [container.log?.onAppend(wakeUp), container.onNext('exit', end)];
  request.onDisconnect(end);
  return {
    isOver: () => isOver,
    wait: async () => {
      if (!isAwake) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      isAwake = false;
    },
    stop: () => {
      for (const stop of stops) stop?.();
    },
  };
}

function tailOf(query: Query): number | undefined {
  const text = queryValue(query, 'tail');
  if (text === undefined || text === '' || text === 'all') return undefined;
  const count = /^-?\d+$/.test(text) ? (queryInteger(query, 'tail') ?? -1) : -1;
  // As in Docker, what is no count means everything.
  return count < 0 ? undefined : count;
}

/** The end of the year 9999: times as text have four digits for the year. */
const LATEST_SECOND = 253_402_300_799;

/** Seconds since 1970 with a fraction, as text that compares with the times of entries; 0 means no limit. */
function instantOf(query: Query, name: string): string | undefined {
  const text = queryValue(query, name);
  if (text === undefined || text === '' || text === '0') return undefined;
  const match = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) throw invalidParameter(`invalid value for "${name}": ${text} is not a Unix time`);
  return formatTimestamp(Math.min(Number(match[1]), LATEST_SECOND), Number((match[2] ?? '').padEnd(9, '0')));
}
