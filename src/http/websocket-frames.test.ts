import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { encodeServerFrame, FrameDecoder, OPCODE } from './websocket-frames.ts';

/** A frame of a client: that of a server with a mask. */
function clientFrame(opcode: number, payload: Uint8Array, { isFinal = true, reserved = 0 } = {}): Uint8Array {
  const frame = encodeServerFrame(opcode, payload);
  const head = frame.slice(0, frame.length - payload.length);
  head[0] = ((head[0] ?? 0) & (isFinal ? 0xff : 0x7f)) | reserved;
  head[1] = (head[1] ?? 0) | 0x80;
  const mask = new Uint8Array([1, 2, 3, 250]);
  return concatBytes([head, mask, payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}

const text = encodeUtf8('what is typed');

describe('frames of WebSocket', () => {
  it('have the shortest head that their length allows', () => {
    const headOf = (length: number) =>
      [...encodeServerFrame(OPCODE.binary, new Uint8Array(length))].slice(0, 10);
    assert.deepEqual(headOf(0), [0x82, 0]);
    assert.deepEqual(headOf(125).slice(0, 3), [0x82, 125, 0]);
    assert.deepEqual(headOf(126).slice(0, 5), [0x82, 126, 0, 126, 0]);
    assert.deepEqual(headOf(65535).slice(0, 4), [0x82, 126, 255, 255]);
    assert.deepEqual(headOf(65536), [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
  });

  it('are understood however they are cut', () => {
    const long = new Uint8Array(70_000).map((_, index) => index & 0xff);
    const whole = concatBytes([
      clientFrame(OPCODE.text, text, { isFinal: false }),
      clientFrame(OPCODE.ping, encodeUtf8('p')),
      clientFrame(OPCODE.continuation, long),
      clientFrame(OPCODE.binary, new Uint8Array(0)),
      clientFrame(OPCODE.close, new Uint8Array([3, 232])),
    ]);
    for (const size of [1, 1000, whole.length]) {
      const decoder = new FrameDecoder();
      const frames = [];
      for (let start = 0; start < whole.length; start += size) {
        frames.push(...decoder.push(whole.slice(start, start + size)));
      }
      const data = frames.filter(({ kind }) => kind === 'data').map(({ payload }) => payload);
      assert.deepEqual(concatBytes(data), concatBytes([text, long]));
      const others = frames.filter(({ kind }) => kind !== 'data');
      assert.deepEqual(
        others.map(({ kind, payload }) => [kind, ...payload]),
        [
          ['ping', 112],
          ['close', 3, 232],
        ],
      );
    }
  });

  it('are given out before they are complete, except for control frames', () => {
    const decoder = new FrameDecoder();
    const frame = clientFrame(OPCODE.binary, text);
    const [first] = decoder.push(frame.slice(0, 10));
    assert.equal(decodeUtf8(first?.payload ?? new Uint8Array()), 'what');
    assert.deepEqual(new FrameDecoder().push(clientFrame(OPCODE.ping, text).slice(0, 10)), []);
  });

  it('are refused when they break the protocol', () => {
    const refused: readonly [Uint8Array, RegExp][] = [
      [encodeServerFrame(OPCODE.binary, text).slice(0, 2), /no mask/],
      [clientFrame(OPCODE.binary, text, { reserved: 0x40 }), /reserved/],
      [clientFrame(3, text), /unknown opcode 3/],
      [clientFrame(OPCODE.continuation, text), /continuation of none/],
      [clientFrame(OPCODE.ping, text, { isFinal: false }), /control frame/],
      [clientFrame(OPCODE.ping, new Uint8Array(126)), /control frame/],
      [new Uint8Array([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), /too long/],
    ];
    for (const [bytes, message] of refused) {
      assert.throws(() => new FrameDecoder().push(bytes), message);
    }
    const decoder = new FrameDecoder();
    decoder.push(clientFrame(OPCODE.text, text, { isFinal: false }));
    assert.throws(() => decoder.push(clientFrame(OPCODE.text, text)), /message within a message/);
  });
});
