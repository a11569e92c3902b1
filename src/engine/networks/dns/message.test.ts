import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressOfReverseName,
  encodeAnswer,
  encodeName,
  parseQuestion,
  RECORD_TYPE,
  RESPONSE_CODE,
} from './message.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
/** As busybox nslookup asks for the A record of `Web.first`. */
const message = bytes('beef 0100 0001 0000 0000 0000 03 576562 05 6669727374 00 0001 0001');

test('a question is read', () => {
  assert.deepEqual(parseQuestion(message), {
    id: 0xbeef,
    isRecursionDesired: true,
    name: 'web.first',
    type: RECORD_TYPE.A,
    bytes: message.slice(12),
  });
});

test('what is no question is not read', () => {
  assert.equal(parseQuestion(message.subarray(0, 11)), undefined);
  for (let length = 12; length < message.length; length++) {
    assert.equal(parseQuestion(message.subarray(0, length)), undefined, `cut after ${length} bytes`);
  }
  const changed = (offset: number, value: number) => message.with(offset, value);
  assert.equal(parseQuestion(changed(2, 0x81)), undefined, 'an answer');
  assert.equal(parseQuestion(changed(5, 2)), undefined, 'two questions');
  assert.equal(parseQuestion(changed(12, 0xc0)), undefined, 'a pointer');
  assert.equal(parseQuestion(changed(message.length - 1, 3)), undefined, 'another class');
});

test('an answer repeats the question', () => {
  const question = parseQuestion(message) ?? assert.fail();
  const answer = encodeAnswer(question, RESPONSE_CODE.ok, [bytes('0a000002')]);
  const expected = `beef 8180 0001 0001 0000 0000 03 576562 05 6669727374 00 0001 0001
    c00c 0001 0001 00000258 0004 0a000002`;
  assert.deepEqual(answer, bytes(expected.replace(/\s/g, '')));
  assert.equal(encodeAnswer(question, RESPONSE_CODE.noSuchName, [])[3], 0x83);
});

test('names of addresses are read from back to front', () => {
  assert.equal(addressOfReverseName('2.0.17.172.in-addr.arpa'), '172.17.0.2');
  const six = [...'200000000000000000000000000000df'].join('.');
  assert.equal(addressOfReverseName(`${six}.ip6.arpa`), 'fd00:0000:0000:0000:0000:0000:0000:0002');
  assert.equal(addressOfReverseName('in-addr.arpa'), undefined);
  assert.deepEqual(encodeName('a.bc'), bytes('01 61 02 6263 00'));
});
