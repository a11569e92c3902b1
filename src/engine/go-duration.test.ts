import assert from 'node:assert/strict';
import { it } from 'node:test';
import { goDuration } from './go-duration.ts';

it('prints durations as Go does', () => {
  const cases = {
    0: '0s',
    1: '1ms',
    500: '500ms',
    1500: '1.5s',
    30000: '30s',
    90000: '1m30s',
    3600000: '1h0m0s',
  };
  for (const [milliseconds, text] of Object.entries(cases))
    assert.equal(goDuration(Number(milliseconds)), text);
});
