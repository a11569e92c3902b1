import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerignore } from './dockerignore.ts';
import { FormatError } from './errors.ts';

test('patterns are relative to the context, and leave out what is below, too', () => {
  const isIgnored = parseDockerignore(
    '# comment\n\n/top\n*.log\n**/cache\ndocs/**/draft?\n./a/../b\n!b/kept\n[x-z].c\nback\\*slash\n',
  );
  const ignored = [
    'top',
    'top/deep/file',
    'a.log',
    'cache',
    'x/y/cache/z',
    'docs/draft1',
    'docs/a/b/draft2',
    'b/gone',
  ];
  for (const path of [...ignored, 'y.c', 'back*slash']) assert.ok(isIgnored(path), path);
  const kept = ['other/top', 'deep/a.log', 'cached', 'docs/draft', 'b/kept', 'a.c', '# comment', 'backslash'];
  for (const path of kept) assert.ok(!isIgnored(path), path);
});

test('later rules count more', () => {
  const isIgnored = parseDockerignore('*\n!src\nsrc/secret\n');
  assert.deepEqual(['Makefile', 'src/a', 'src/secret'].map(isIgnored), [true, false, true]);
});

test('what is malformed is refused', () => {
  for (const text of ['[', 'a\\']) assert.throws(() => parseDockerignore(text), FormatError, text);
});

test('what leads outside names nothing', () => {
  const isIgnored = parseDockerignore('../x\na/../top\n');
  assert.deepEqual(['x', 'top'].map(isIgnored), [false, true]);
});
