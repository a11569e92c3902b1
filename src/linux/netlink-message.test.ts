import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, parseAddress, parsePrefixedAddress } from './ip-address.ts';
import { decodeAddress, encodeAddress } from './netlink-address.ts';
import { decodeLink, encodeLinkHeader } from './netlink-link.ts';
import {
  attributeNumber,
  attributeText,
  decodeAcknowledgement,
  decodeAttributes,
  decodeMessages,
  encodeAttribute,
  encodeMessage,
  encodeNested,
} from './netlink-message.ts';
import { decodeRoute, encodeRoute } from './netlink-route.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** What a kernel (6.18, x86-64) answered. */
const kernelSaid = {
  link: `30000000 1000 0200 05000000 f05c0000  0000 0403 01000000 08000000 00000000
    0700 0300 6c6f0000  0800 0400 ffff0000`.replace(/\s/g, ''),
  address: `4c0000001400020005000000c75c000002080080010000000800 01007f00000108000200
    7f000001070003006c6f0000080008008000000014000600ffffffffffffffff1400000014000000`.replace(/\s/g, ''),
  route: `340000001800020005000000c75c000002000000fe03000100000000
    08000f00fe00000008000500c00002010800040004000000`.replace(/\s/g, ''),
};

test('encodes a message and pads it', () => {
  const message = encodeMessage({
    type: 18,
    flags: 0x305,
    sequence: 7,
    body: new Uint8Array([1, 2, 3, 4, 5]),
  });
  assert.deepEqual(message, bytes('15000000 1200 0503 07000000 00000000 0102030405 000000'));
});

test('decodes several messages and stops at one that is cut off', () => {
  const one = { type: 3, flags: 2, sequence: 1, body: bytes('00000000') };
  const two = { type: 16, flags: 0, sequence: 2, body: bytes('aabbcc') };
  const data = new Uint8Array([
    ...encodeMessage(one),
    ...encodeMessage(two),
    ...encodeMessage(one).subarray(0, 17),
  ]);
  assert.deepEqual(decodeMessages(data), [one, two]);
});

test('encodes numbers, strings and bytes as attributes', () => {
  const data = new Uint8Array([
    ...encodeAttribute(3, 'eth0'),
    ...encodeAttribute(4, 1500),
    ...encodeAttribute(0x8001, bytes('0102')),
  ]);
  assert.deepEqual(data, bytes('0900 0300 6574683000 000000  0800 0400 dc050000  0600 0180 0102 0000'));
  const attributes = decodeAttributes(data);
  assert.equal(attributeText(attributes.get(3)), 'eth0');
  assert.equal(attributeNumber(attributes.get(4)), 1500);
  assert.deepEqual(attributes.get(1), bytes('0102'));
});

test('encodes attributes in an attribute', () => {
  const nested = encodeNested(2, [encodeAttribute(1, bytes('07')), encodeAttribute(3, 9)]);
  assert.deepEqual(nested, bytes('1400 0280  0500 0100 07000000  0800 0300 09000000'));
});

test('reads what the kernel says about a request', () => {
  const acknowledgement = { type: 2, flags: 0x100, sequence: 3, body: bytes(`00000000 ${'00'.repeat(16)}`) };
  assert.deepEqual(decodeAcknowledgement(acknowledgement), {
    sequence: 3,
    errno: 0,
    explanation: undefined,
  });
});

test('reads why the kernel refuses a request, with the request in between or without', () => {
  const words = '0a00 0100 77726f6e6700 0000'; // "wrong"
  const header = '0000 0000 01000000 00000000';
  const short = bytes(`eaffffff 14000000 ${header} ${words}`);
  const long = bytes(`eaffffff 15000000 ${header} 0102030405000000 ${words}`);
  for (const [flags, body] of [
    [0x300, short],
    [0x200, long],
  ] as const) {
    const { errno, explanation } = decodeAcknowledgement({ type: 2, flags, sequence: 1, body });
    assert.deepEqual([errno, explanation], [22, 'wrong']);
  }
});

test('reads an interface', () => {
  const [message] = decodeMessages(bytes(kernelSaid.link));
  assert.ok(message);
  const link = decodeLink(message);
  assert.equal(link?.name, 'lo');
  assert.equal(link.index, 1);
  assert.equal(link.mtu, 65535);
  assert.equal(link.isLoopback, true);
  assert.equal(link.isUp, false);
  assert.equal(link.kind, undefined);
});

test('writes the fixed part of a request about an interface', () => {
  const header = encodeLinkHeader({ index: 2, flags: 1, change: 1 });
  assert.deepEqual(header, bytes('0000 0000 02000000 01000000 01000000'));
});

test('reads an address', () => {
  const [message] = decodeMessages(bytes(kernelSaid.address));
  assert.ok(message);
  const address = decodeAddress(message);
  assert.equal(formatAddress(address?.bytes ?? new Uint8Array()), '127.0.0.1');
  assert.equal(address?.prefixLength, 8);
  assert.equal(address.link, 1);
});

test('adds an address with the broadcast address of its network', () => {
  const address = parsePrefixedAddress('10.1.2.3/20');
  assert.ok(address);
  const expected = '02140000 05000000 0800 0200 0a010203  0800 0100 0a010203  0800 0400 0a010fff';
  assert.deepEqual(encodeAddress(5, address), bytes(expected));
});

test('adds an IPv6 address that needs no check', () => {
  const address = parsePrefixedAddress('fd00::1/64');
  assert.ok(address);
  const encoded = encodeAddress(5, address, { isUnique: true });
  const value = `fd00${'00'.repeat(13)}01`;
  assert.deepEqual(encoded, bytes(`0a400200 05000000 1400 0200 ${value} 1400 0100 ${value}`));
});

test('reads a default route', () => {
  const [message] = decodeMessages(bytes(kernelSaid.route));
  assert.ok(message);
  assert.deepEqual(decodeRoute(message), {
    family: 'ipv4',
    gateway: bytes('c0000201'),
    link: 4,
  });
});

test('writes a default route', () => {
  const gateway = parseAddress('10.0.2.2');
  assert.ok(gateway);
  const destination = { bytes: new Uint8Array(4), prefixLength: 0 };
  const expected = '02000000 fe040001 00000000  0800 0500 0a000202  0800 0400 03000000';
  assert.deepEqual(
    encodeRoute({ destination, gateway, link: { index: 3, name: 'eth0' }, priority: 0 }),
    bytes(expected),
  );
});
