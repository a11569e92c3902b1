import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatEntries, MAXIMUM_LINE, parseEntries } from './log-entry.ts';

const at = { stream: 'stderr', time: '2026-01-02T03:04:05.000000006Z' } as const;

function logged(text: string): string[] {
  const lines = formatEntries(text, at).split('\n');
  assert.equal(lines.pop(), '');
  const entries = lines.map((line) => JSON.parse(line));
  for (const { stream, time } of entries) assert.deepEqual({ stream, time }, at);
  return entries.map(({ log }) => log);
}

for (const [what, lines] of [
  ['one line', ['a\n']],
  ['short lines', ['a\n', '\n', 'b\n']],
  ['a line without an end', ['a\n', 'b']],
  ['quotes, backslashes and control characters', ['"\\n"\n', '\\\n', '\\n\n', '",\n', '\u001b[1m\r\n']],
  ['what stands for a newline while JSON is made', ['a\uffffb\n', 'c\n']],
] as const) {
  test(`formatEntries() keeps ${what}`, () => assert.deepEqual(logged(lines.join('')), lines));
}

test('formatEntries() splits long lines', () => {
  const line = `${'x'.repeat(2 * MAXIMUM_LINE + 5)}\n`;
  assert.deepEqual(
    logged(`a\n${line}b\n`).map(({ length }) => length),
    [2, MAXIMUM_LINE, MAXIMUM_LINE, 6, 2],
  );
});

test('parseEntries() gives what was formatted, and leaves out damaged lines', () => {
  const [first, second] = [formatEntries('a\n', at), formatEntries('"b",\n', at)];
  const both = [
    { log: 'a\n', ...at },
    { log: '"b",\n', ...at },
  ];
  assert.deepEqual(parseEntries(first + second), both);
  for (const damage of ['{"log":"torn', 'null', '1', '{}', '{"log":1}', '', '\0\0', '[]]', '"'])
    assert.deepEqual(parseEntries(`${first}${damage}\n${second}`), both, damage);
});
