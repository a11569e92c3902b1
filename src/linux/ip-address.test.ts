import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, parseAddress, parsePrefixedAddress } from './ip-address.ts';

test('parses and prints IPv4', () => {
  assert.deepEqual(parseAddress('10.0.2.15'), new Uint8Array([10, 0, 2, 15]));
  assert.equal(formatAddress(new Uint8Array([255, 0, 0, 1])), '255.0.0.1');
  for (const text of ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1.2.3.x', '1.2.3.-4'])
    assert.equal(parseAddress(text), undefined, text);
});

test('prints IPv6 in its shortest form', () => {
  const forms = {
    '::': '::',
    '::1': '::1',
    '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
    'FE80:0:0:0:0:0:0:1': 'fe80::1',
    '1:0:3:4:5:6:7:8': '1:0:3:4:5:6:7:8',
    '1:2:3:4:5:6::': '1:2:3:4:5:6::',
    '::ffff:10.0.0.1': '::ffff:a00:1',
  };
  for (const [text, expected] of Object.entries(forms)) {
    assert.equal(formatAddress(parseAddress(text) ?? new Uint8Array()), expected);
  }
});

test('refuses what is no IPv6 address', () => {
  for (const text of ['1::2::3', '1:2', '1:2:3:4:5:6:7:8:9', 'g::', '1:2:3:4:5:6:7::8', '12345::', ':'])
    assert.equal(parseAddress(text), undefined, text);
});

test('parses an address with the length of its prefix', () => {
  assert.equal(parsePrefixedAddress('10.0.0.1/8')?.prefixLength, 8);
  assert.equal(parsePrefixedAddress('fe80::1/64')?.bytes.length, 16);
  for (const text of ['10.0.0.1', '10.0.0.1/33', '10.0.0.1/', '10.0.0.1/8/8', 'fe80::1/129'])
    assert.equal(parsePrefixedAddress(text), undefined, text);
});
