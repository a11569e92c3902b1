import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathMatches } from './path-pattern.ts';

test('stars and question marks stop at slashes', () => {
  assert.ok(pathMatches('busy*', 'busybox'));
  assert.ok(pathMatches('b?sybox:*', 'busybox:latest'));
  assert.ok(!pathMatches('*', 'user/app'));
  assert.ok(pathMatches('*/*', 'user/app'));
  assert.ok(!pathMatches('user?app', 'user/app'));
  assert.ok(!pathMatches('busy', 'busybox'));
});

test('sets, their ranges and their negation', () => {
  assert.ok(pathMatches('app:[0-9]', 'app:7'));
  assert.ok(!pathMatches('app:[^0-9]', 'app:7'));
  assert.ok(pathMatches('app:[^0-9]', 'app:x'));
  assert.ok(!pathMatches('a[^b]c', 'a/c'));
  assert.ok(pathMatches('a[\\]x]c', 'a]c'));
});

test('every other character is itself', () => {
  assert.ok(pathMatches('a.b+c', 'a.b+c'));
  assert.ok(!pathMatches('a.b', 'axb'));
  assert.ok(pathMatches('a\\*b', 'a*b'));
  assert.ok(!pathMatches('a\\*b', 'axb'));
});

test('a malformed pattern is refused', () => {
  for (const pattern of ['[', 'a[b', 'a\\', '[]a']) {
    assert.throws(() => pathMatches(pattern, 'x'), {
      name: 'FormatError',
      message: /syntax error in pattern/,
    });
  }
});
