/** `events`: what happens in the engine, as it happens. */
import type { EngineEvent } from '../../engine/api-types.ts';
import { defineCommand } from './command.ts';
import { parseFilters } from './filters.ts';
import { parseFormat } from './template.ts';
import { formatLocalNanoseconds, parseTimestamp } from './timestamps.ts';

export const eventsCommand = defineCommand({
  summary: 'Show events as they happen',
  usage: '[OPTIONS]',
  arguments: [0, 0],
  flags: {
    filter: {
      kind: 'list',
      short: 'f',
      value: 'filter',
      help: 'Only those with container=…, event=…, type=…, and so on',
    },
    format: { kind: 'string', help: 'json, or a template such as "{{.Action}}"' },
    since: { kind: 'string', value: 'time', help: 'From a time on: 10m ago, or 2026-11-23T07:01:14Z' },
    until: { kind: 'string', value: 'time', help: 'Up to a time' },
  },
  async run({ client, console }, flags) {
    const now = Date.now();
    const print = printerFor(flags.format);
    const events = await client.events({
      filters: parseFilters(flags.filter),
      ...(flags.since === undefined ? {} : { since: parseTimestamp(flags.since, now) }),
      ...(flags.until === undefined ? {} : { until: parseTimestamp(flags.until, now) }),
    });
    for (let event = await events.read(); event !== null; event = await events.read()) {
      console.out(`${print(event)}\n`);
    }
    return 0;
  },
});

function printerFor(format: string | undefined): (event: EngineEvent) => string {
  if (format === undefined) return formatEvent;
  return format === 'json' ? JSON.stringify : parseFormat(format);
}

/** `TIME TYPE ACTION ID (name=value, …)`. */
function formatEvent({ Type, Action, Actor, timeNano }: EngineEvent): string {
  const attributes = Object.entries(Actor.Attributes ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(', ');
  const line = `${formatLocalNanoseconds(timeNano)} ${Type} ${Action} ${Actor.ID}`;
  return attributes === '' ? line : `${line} (${attributes})`;
}
