/** Command lines of the stock client, each with all that it prints: rows.ts has them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useEngine } from '../engine-under-test.ts';
import { type Row, rows } from './rows.ts';
import { wordsOf } from './words.ts';

function assertPrinted(what: string, printed: string, expected: Row['out'] = ''): void {
  const text = printed.trimEnd();
  if (expected instanceof RegExp) assert.match(text, expected, what);
  else assert.equal(text, expected, what);
}

describe('command lines', () => {
  const engine = useEngine();
  for (const [subject, lines] of Object.entries(rows)) {
    describe(subject, () => {
      for (const [index, { line, status = 0, out, err }] of lines.entries()) {
        it(`${index + 1}: docker ${line}`, async () => {
          const outcome = await engine().docker(wordsOf(line));
          assertPrinted('standard error', outcome.stderr, err);
          assertPrinted('standard output', outcome.stdout, out);
          assert.equal(outcome.status, status);
        });
      }
    });
  }
});
