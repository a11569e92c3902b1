import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../linux/bytes.ts';
import { openJsonStream } from './json-stream.ts';

async function readAll(pieces: readonly Uint8Array[]): Promise<unknown[]> {
  const rest = [...pieces];
  const stream = openJsonStream<unknown>({ read: async () => rest.shift() ?? null, close: () => {} });
  const values: unknown[] = [];
  for (let value = await stream.read(); value !== null; value = await stream.read()) values.push(value);
  return values;
}

test('one value per line, wherever the bytes are cut', async () => {
  const bytes = encodeUtf8('{"a":"é"}\r\n\n{"b":[1,\t2]}\n{"last":true}');
  const expected = [{ a: 'é' }, { b: [1, 2] }, { last: true }];
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual(await readAll([bytes.slice(0, cut), bytes.slice(cut)]), expected);
  }
});

test('a line that is not JSON is an error', async () => {
  await assert.rejects(readAll([encodeUtf8('{"a":1}\n{"b"\n')]), SyntaxError);
});
