import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAddress, parsePrefixedAddress } from './ip-address.ts';
import { decodeMessages } from './netlink-message.ts';
import { NetlinkWriter } from './netlink-writer.ts';
import { describeFailures } from './nftables.ts';
import { writeExpression } from './nftables-expression.ts';
import {
  connectionState,
  connectionStatus,
  destinationPort,
  inputInterface,
  localDestination,
  masquerade,
  not,
  outputInterface,
  type Rule,
  redirect,
  reject,
  rule,
  sourceAddress,
  translateDestination,
  transportProtocol,
  verdict,
} from './nftables-rule.ts';
import {
  encodeBatch,
  PRIORITY,
  type Step,
  stepsToDelete,
  stepsToReplace,
  type Table,
} from './nftables-table.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function network(text: string) {
  const parsed = parsePrefixedAddress(text);
  assert.ok(parsed);
  return parsed;
}

function address(text: string) {
  const parsed = parseAddress(text);
  assert.ok(parsed);
  return parsed;
}

const table: Table = {
  name: 'paddock',
  chains: [
    {
      name: 'out',
      base: { type: 'nat', hook: 'output', priority: PRIORITY.destinationNat },
      rules: [rule(localDestination(), verdict({ jump: 'published' }))],
    },
    {
      name: 'published',
      rules: [
        rule(
          not(inputInterface('docker0')),
          destinationPort('tcp', 8080),
          translateDestination({ address: address('172.17.0.4'), port: 80 }),
        ),
        rule(destinationPort('udp', 53), redirect(5353)),
      ],
    },
    {
      name: 'post',
      base: { type: 'nat', hook: 'postrouting', priority: PRIORITY.sourceNat },
      rules: [rule(sourceAddress(network('172.17.0.0/16')), not(outputInterface('docker0')), masquerade())],
    },
    {
      name: 'forward',
      base: { type: 'filter', hook: 'forward', priority: PRIORITY.filter, policy: 'drop' },
      rules: [
        rule(connectionState('established', 'related'), verdict('accept')),
        rule(reject('portUnreachable')),
        rule(destinationPort('tcp', 1), reject('tcpReset')),
        rule(transportProtocol('tcp'), verdict('drop')),
      ],
    },
  ],
};

/** Types and bodies of the messages between the borders of a batch. */
function messagesOf(steps: readonly Step[]): string[] {
  const messages = decodeMessages(encodeBatch(steps)).slice(1, -1);
  return messages.map(({ type, body }) => `${type} ${hex(body)}`);
}

function expressionsOf(part: Rule): string {
  const writer = new NetlinkWriter();
  for (const expression of part) writeExpression(writer, expression);
  return hex(writer.finish());
}

test('a table becomes the messages that nft sends for it', () => {
  const lines = readFileSync(join(import.meta.dirname, 'testdata/nft-messages.txt'), 'utf8').split('\n');
  const expected = lines.filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(messagesOf(stepsToReplace(table)).slice(stepsToDelete(table.name).length), expected);
});

test('a table is deleted before it is made, and made before that, since it may not be there', () => {
  const [make, remove, again] = messagesOf(stepsToReplace(table));
  const name = '0c000100706164646f636b00';
  assert.equal(make, `2560 01000000${name}0800020000000000`);
  assert.equal(remove, `2562 01000000${name}`);
  assert.equal(again, make);
});

test('a batch is numbered between its borders, and its last message is acknowledged', () => {
  const messages = decodeMessages(encodeBatch(stepsToDelete('t')));
  assert.deepEqual(
    messages.map(({ type, flags, sequence }) => [type, flags, sequence]),
    [
      [16, 1, 0],
      [0xa00, 0x401, 1],
      [0xa02, 5, 2],
      [17, 1, 0],
    ],
  );
  assert.deepEqual(
    [messages[0], messages[3]].map((border) => hex(border?.body ?? new Uint8Array())),
    ['0000000a', '0000000a'],
  );
});

test('a prefix that does not end with a byte is compared under a mask', () => {
  assert.deepEqual(sourceAddress(network('172.18.0.0/12')).slice(-3), [
    { kind: 'payload', base: 'network', offset: 12, length: 4 },
    { kind: 'bitwise', mask: new Uint8Array([255, 240, 0, 0]) },
    { kind: 'compare', is: 'equal', value: new Uint8Array([172, 16, 0, 0]) },
  ]);
});

test('the prefix of length 0 has every address of its family', () => {
  assert.deepEqual(sourceAddress(network('0.0.0.0/0')).slice(-2), [
    { kind: 'bitwise', mask: new Uint8Array(4) },
    { kind: 'compare', is: 'equal', value: new Uint8Array(4) },
  ]);
});

test('an address without a port is translated without one', () => {
  const encoded = expressionsOf([{ kind: 'translate', what: 'source', to: { address: address('fd00::1') } }]);
  assert.match(encoded, /0000000a0800030000000001$/);
});

test('the name of an interface is compared with its end, a pattern without', () => {
  assert.deepEqual(inputInterface('br-*').at(-1), {
    kind: 'compare',
    is: 'equal',
    value: new Uint8Array([0x62, 0x72, 0x2d]),
  });
  assert.throws(() => inputInterface('longer-than-linux-allows'), /too long/);
});

test('a match is negated by its last comparison', () => {
  const isTranslated = connectionStatus('destinationTranslated');
  assert.deepEqual(
    [isTranslated, not(isTranslated), not(not(isTranslated))].map((match) => {
      const last = match.at(-1);
      return last?.kind === 'compare' ? last.is : undefined;
    }),
    ['unequal', 'equal', 'unequal'],
  );
  assert.throws(() => not(verdict('drop')), /only a match/);
});

test('an error names every message that was refused', () => {
  const steps = stepsToReplace(table);
  const answer = (sequence: number, errno: number) => ({
    type: 2,
    flags: 0x100,
    sequence,
    body: new Uint8Array([...new Uint8Array(new Int32Array([-errno]).buffer), ...new Uint8Array(16)]),
  });
  assert.deepEqual(describeFailures(steps, [answer(steps.length, 0)]), []);
  assert.deepEqual(describeFailures(steps, [answer(4, 95), answer(9, 2), answer(steps.length, 0)]), [
    'chain out: operation not supported',
    'rule 1 of chain published: no such file or directory',
  ]);
  assert.deepEqual(describeFailures(steps, [answer(0, 12)]), ['all of it: cannot allocate memory']);
  assert.deepEqual(describeFailures(steps, []), ['the kernel gave no answer']);
});
