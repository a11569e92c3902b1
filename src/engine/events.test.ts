import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EngineEvent, EventLog } from './events.ts';

const event = (Action: string, Attributes: Record<string, string> = {}): EngineEvent => ({
  Type: 'volume',
  Action,
  Actor: { ID: 'id', Attributes },
  scope: 'local',
  time: 0,
  timeNano: 0n,
});
/** The actions of those that are kept of so many. */
const kept = (events: readonly EngineEvent[]) => {
  const log = new EventLog();
  log.restore(events);
  return log.recent().map(({ Action }) => Action);
};
const numbered = (count: number, attributes?: Record<string, string>) =>
  Array.from({ length: count }, (_, number) => event(`${number}`, attributes));

test('the latest 256 events are kept', () => {
  const actions = kept(numbered(300));
  assert.equal(actions.length, 256);
  assert.equal(actions[0], '44');
  assert.equal(actions.at(-1), '299');
});

test('events with long attributes are kept as long as they do not take too much memory', () => {
  const long = numbered(100, { label: 'x'.repeat(300_000) });
  assert.deepEqual(kept(long), ['97', '98', '99']);
  const endless = event('endless', { label: 'x'.repeat(2_000_000) });
  assert.deepEqual(kept([...long, endless]), []);
  assert.deepEqual(kept([...long, endless, event('short')]), ['short']);
});

test('events from before come before those since', () => {
  const log = new EventLog();
  log.restore([event('since')]);
  log.restore([event('before'), event('later')]);
  assert.deepEqual(
    log.recent().map(({ Action }) => Action),
    ['before', 'later', 'since'],
  );
});
