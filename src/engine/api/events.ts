/** `GET /events`. */
import { queryValue } from '../../http/query.ts';
import type { RouteContext } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { currentTime } from '../../linux/clock.ts';
import { setTimer } from '../../linux/event-loop.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { type EngineEvent, eventJson } from '../events.ts';
import { OutputClient } from '../streams/output-client.ts';
import { type Filters, parseFilters } from './filters.ts';

/** Sends the events that are kept and fall into the range, then new ones, until the range or the client ends. */
export async function serveEvents(engine: Engine, { query, request, response }: RouteContext): Promise<void> {
  const filters = parseFilters(query);
  const since = instant(queryValue(query, 'since'), 'since');
  const until = instant(queryValue(query, 'until'), 'until');
  if (since !== undefined && until !== undefined && until < since) {
    const given = (name: string) => queryValue(query, name);
    throw invalidParameter(
      `\`since\` time (${given('since')}) cannot be after \`until\` time (${given('until')})`,
    );
  }
  const now = currentTime();
  const isWanted = (event: EngineEvent) =>
    eventMatches(event, filters) && (until === undefined || event.timeNano <= until);
  await response.startChunked();
  await new Promise<void>((resolve) => {
    const client = new OutputClient((data) => response.write(data), resolve);
    const send = (event: EngineEvent) => {
      if (isWanted(event)) client.push(encodeUtf8(eventJson(event)));
    };
    if (since !== undefined) {
      for (const event of engine.events.recent()) if (event.timeNano >= since) send(event);
    }
    const unsubscribe = engine.events.subscribe(send);
    const finish = () => client.flushed().then(resolve);
    const remaining = until === undefined ? undefined : Number(until / 1_000_000n) - now.seconds * 1000;
    const cancel = remaining === undefined ? () => {} : setTimer(Math.max(0, remaining), finish);
    request.onDisconnect(() => {
      cancel();
      unsubscribe();
      resolve();
    });
  });
  await response.end();
}

/** Seconds since 1970, with a fraction, as nanoseconds. */
function instant(text: string | undefined, name: string): bigint | undefined {
  if (text === undefined || text === '') return undefined;
  const match = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) throw invalidParameter(`invalid value for "${name}": ${text} is not a Unix time`);
  return BigInt(match[1] ?? 0) * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
}

function eventMatches(event: EngineEvent, filters: Filters): boolean {
  const { ID, Attributes } = event.Actor;
  const isObject = (type: string) => (value: string) =>
    event.Type === type &&
    (ID.startsWith(value) || (Attributes['name'] ?? '').startsWith(value.replace(/^\//, '')));
  return (
    filters.matches('type', (type) => type === event.Type) &&
    filters.matches('event', (action) => action === event.Action || event.Action.startsWith(`${action}:`)) &&
    filters.matches('container', isObject('container')) &&
    filters.matches('volume', isObject('volume')) &&
    filters.matches('network', isObject('network')) &&
    filters.matches(
      'image',
      (image) =>
        ID.startsWith(image) ||
        Attributes['image'] === image ||
        (event.Type === 'image' && Attributes['name'] === image),
    ) &&
    filters.matches('scope', (scope) => scope === 'local') &&
    filters.matchesLabels(Attributes)
  );
}
