import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { encodeFrame, encodeFrames, FrameDecoder, openOutput } from './stdcopy.ts';

function decode(pieces: readonly Uint8Array[]): string[] {
  const decoder = new FrameDecoder();
  const outputs: string[] = [];
  for (const piece of pieces) {
    decoder.push(piece.slice());
    for (let output = decoder.next(); output !== undefined; output = decoder.next()) {
      outputs.push(`${output.name}:${decodeUtf8(output.data)}`);
    }
  }
  return outputs;
}

test('a frame, byte by byte as the format says', () => {
  assert.deepEqual([...encodeFrame('stdout', encodeUtf8('hi\n'))], [1, 0, 0, 0, 0, 0, 0, 3, 104, 105, 10]);
  const long = encodeFrame('stderr', new Uint8Array(0x010203));
  assert.deepEqual([...long.subarray(0, 8)], [2, 0, 0, 0, 0, 1, 2, 3]);
});

test('many frames at once are the same as one by one', () => {
  for (const texts of [
    ['a\n', '', 'b'.repeat(300)],
    ['ä\n', '\u{1f600}', 'x\0', '\ud800', '\udc00'],
  ]) {
    const named = texts.map((text, index) => [index % 2 === 0 ? 'stdout' : 'stderr', text] as const);
    const single = named.map(([name, text]) => encodeFrame(name, encodeUtf8(text)));
    assert.deepEqual(encodeFrames(named), concatBytes(single));
  }
  assert.equal(encodeFrames([]).length, 0);
});

test('frames come out as they went in, wherever the bytes are cut', () => {
  const frames = [
    encodeFrame('stdout', encodeUtf8('one')),
    encodeFrame('stderr', new Uint8Array()),
    encodeFrame('stderr', encodeUtf8('two')),
  ];
  const bytes = concatBytes(frames);
  assert.deepEqual(decode([bytes]), ['stdout:one', 'stderr:two']);
  for (let cut = 1; cut < bytes.length; cut++) {
    const outputs = decode([bytes.subarray(0, cut), bytes.subarray(cut)]);
    const joined = (name: string) =>
      outputs.map((output) => (output.startsWith(name) ? output.slice(name.length) : '')).join('');
    assert.deepEqual([joined('stdout:'), joined('stderr:')], ['one', 'two']);
  }
});

test('what is not a frame is refused', () => {
  assert.throws(() => decode([encodeUtf8('total 12 files')]), /unknown stream 116/);
});

test('output without frames is standard output', async () => {
  const pieces = [encodeUtf8('raw'), null];
  const source = { read: async () => pieces.shift() ?? null, close: () => {} };
  const output = openOutput(source, false);
  assert.deepEqual(await output.read(), { name: 'stdout', data: encodeUtf8('raw') });
  assert.equal(await output.read(), null);
});
