import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Exec, forgetUnstarted } from './exec.ts';

test('execs that nobody has started within five minutes are forgotten, others are not', () => {
  const execs = new Map<string, Pick<Exec, 'status' | 'created'>>([
    ['old', { status: 'created', created: 0 }],
    ['running', { status: 'running', created: 0 }],
    ['ended', { status: 'exited', created: 0 }],
    ['young', { status: 'created', created: 2 }],
  ]);
  forgetUnstarted(execs, 5 * 60_000 + 1);
  assert.deepEqual([...execs.keys()], ['running', 'ended', 'young']);
});
