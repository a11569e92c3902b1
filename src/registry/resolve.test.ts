import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dnsQuestion, parseDnsAnswer } from './dns-message.ts';
import { addressesInHosts, parseResolvConf } from './resolve.ts';

test('reads hosts and resolv.conf', () => {
  const hosts =
    '::1 localhost ip6-localhost\n127.0.0.1\tlocalhost # here\n10.0.0.2 Registry.test r\nbad registry.test\n';
  assert.deepEqual(addressesInHosts(hosts, 'localhost'), ['127.0.0.1', '::1']);
  assert.deepEqual(addressesInHosts(hosts, 'registry.TEST'), ['10.0.0.2']);
  assert.deepEqual(addressesInHosts(hosts, 'here'), []);
  assert.deepEqual(
    parseResolvConf('# x\nnameserver 10.0.2.3\nnameserver fe80::1\nnameserver junk\nsearch a b\n'),
    {
      servers: ['10.0.2.3', 'fe80::1'],
      search: ['a', 'b'],
    },
  );
});

/** An answer to the question: a CNAME to a name that is a pointer, then two addresses. */
function answerTo(question: Uint8Array): Uint8Array {
  const header = Uint8Array.from(question.subarray(0, 12));
  header.set([0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0], 2);
  const record = (type: number, data: number[]) => [
    0xc0,
    12,
    0,
    type,
    0,
    1,
    0,
    0,
    0,
    60,
    0,
    data.length,
    ...data,
  ];
  const records = [
    ...record(5, [1, 0x61, 0xc0, 12]),
    ...record(1, [10, 0, 0, 1]),
    ...record(1, [10, 0, 0, 2]),
  ];
  return new Uint8Array([...header, ...question.subarray(12), ...records]);
}

test('asks and understands the answer', () => {
  const question = dnsQuestion(0x1234, 'registry.example.org', 'A');
  assert(question);
  assert.deepEqual([...question.subarray(12, 22)], [8, ...Buffer.from('registry'), 7]);
  const answer = answerTo(question);
  assert.deepEqual(parseDnsAnswer(answer, 0x1234, 'A'), {
    is: 'addresses',
    addresses: ['10.0.0.1', '10.0.0.2'],
  });
  assert.equal(parseDnsAnswer(answer, 0x1235, 'A'), undefined);
  for (let length = 0; length < answer.length; length++) {
    assert.equal(parseDnsAnswer(answer.subarray(0, length), 0x1234, 'A'), undefined, `${length} bytes of it`);
  }
  assert.deepEqual(
    parseDnsAnswer(new Uint8Array([0x12, 0x34, 0x81, 0x83, 0, 0, 0, 0, 0, 0, 0, 0]), 0x1234, 'A'),
    {
      is: 'no such name',
    },
  );
  assert.equal(dnsQuestion(1, 'a..b', 'A'), undefined);
});
