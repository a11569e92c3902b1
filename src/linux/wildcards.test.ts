import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesWildcards } from './wildcards.ts';

test('compares wildcards as fnmatch does', () => {
  assert.ok(matchesWildcards('a*c', 'abbc'));
  assert.ok(matchesWildcards('dmi:bvn[A-C]?o', 'dmi:bvnBxo'));
  assert.ok(!matchesWildcards('a.c', 'abc'));
  assert.ok(!matchesWildcards('a*c', 'abcd'));
});
