import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOsRelease } from './os-release.ts';

test('parseOsRelease() removes quotes and passes over comments', () => {
  const fields = parseOsRelease('# made by hand\nNAME="Paddock Linux"\nVERSION_ID=1.2\n\nID=\'x\'\n');
  assert.deepEqual(
    [...fields],
    [
      ['NAME', 'Paddock Linux'],
      ['VERSION_ID', '1.2'],
      ['ID', 'x'],
    ],
  );
});
