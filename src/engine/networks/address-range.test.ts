import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatAddress,
  type PrefixedAddress,
  parseAddress,
  parsePrefixedAddress,
} from '../../linux/ip-address.ts';
import {
  addressNumber,
  contains,
  firstFreeAddress,
  formatPrefixed,
  networkOf,
  overlaps,
} from './address-range.ts';

function network(text: string): PrefixedAddress {
  const parsed = parsePrefixedAddress(text);
  assert.ok(parsed);
  return parsed;
}

const address = (text: string) => parseAddress(text) ?? assert.fail(text);

test('a network has no bits behind its prefix', () => {
  assert.equal(formatPrefixed(networkOf(network('172.18.42.1/16'))), '172.18.0.0/16');
  assert.equal(formatPrefixed(networkOf(network('10.1.2.131/25'))), '10.1.2.128/25');
  assert.equal(formatPrefixed(networkOf(network('fd00:1::5/64'))), 'fd00:1::/64');
});

test('contains() and overlaps() keep the families apart', () => {
  assert.ok(contains(network('10.0.0.0/20'), address('10.0.15.255')));
  assert.ok(!contains(network('10.0.0.0/20'), address('10.0.16.0')));
  assert.ok(!contains(network('0.0.0.0/0'), address('::1')));
  assert.ok(overlaps(network('10.0.0.0/8'), network('10.9.0.0/16')));
  assert.ok(overlaps(network('10.9.0.0/16'), network('10.0.0.0/8')));
  assert.ok(!overlaps(network('10.8.0.0/16'), network('10.9.0.0/16')));
});

test('the lowest free address is neither the first, nor the last, nor a taken one', () => {
  const taken = new Set(['10.0.0.1', '10.0.0.2']);
  const free = (range: string, subnet: string) => {
    const found = firstFreeAddress(network(range), network(subnet), (text) => taken.has(text));
    return found && formatAddress(found);
  };
  assert.equal(free('10.0.0.0/24', '10.0.0.0/24'), '10.0.0.3');
  assert.equal(free('10.0.0.0/30', '10.0.0.0/30'), undefined);
  assert.equal(free('10.0.0.0/31', '10.0.0.0/31'), '10.0.0.0');
  assert.equal(free('10.0.0.128/25', '10.0.0.0/24'), '10.0.0.128');
  assert.equal(free('fd00::/64', 'fd00::/64'), 'fd00::1');
});

test('addresses are counted from the first one of a network', () => {
  assert.equal(formatAddress(addressNumber(network('192.168.16.0/20'), 1)), '192.168.16.1');
  assert.equal(formatAddress(addressNumber(network('172.17.0.0/16'), 257)), '172.17.1.1');
});
