import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePrefixedAddress } from '../../linux/ip-address.ts';
import { chooseIpv4Network, chooseIpv6Network, defaultPools, parsePoolRange } from './address-pools.ts';
import { formatPrefixed } from './address-range.ts';

const prefixed = (text: string) => parsePrefixedAddress(text) ?? assert.fail(text);
const choose = (pools: readonly string[], ...taken: string[]) =>
  formatPrefixed(chooseIpv4Network(pools.map(parsePoolRange), taken.map(prefixed)));

test('the first network that nobody has is chosen', () => {
  const pools = ['base=10.8.0.0/22,size=24', 'base=192.168.7.0/24,size=25'];
  assert.equal(choose(pools), '10.8.0.0/24');
  assert.equal(choose(pools, '10.8.0.0/23', '10.8.2.128/25'), '10.8.3.0/24');
  assert.equal(choose(pools, '10.0.0.0/8'), '192.168.7.0/25');
  assert.equal(
    choose(['base=10.0.0.0/8,size=24'], '10.0.0.0/9', '10.128.0.0/24', '10.129.0.0/16'),
    '10.128.1.0/24',
  );
  assert.throws(() => choose(pools, '0.0.0.0/0'), /all predefined address pools have been fully subnetted/);
});

test('those of Docker are the default', () => {
  const choose = (...taken: string[]) =>
    formatPrefixed(chooseIpv4Network(defaultPools(), taken.map(prefixed)));
  assert.equal(choose(), '172.17.0.0/16');
  assert.equal(choose('172.16.0.0/12'), '192.168.0.0/20');
  assert.equal(choose('172.16.0.0/12', '192.168.0.0/17'), '192.168.128.0/20');
});

test('pools of IPv6 count as well', () => {
  const pools = [parsePoolRange('base=fd00:8::/56,size=64')];
  assert.equal(formatPrefixed(chooseIpv6Network(pools, [prefixed('fd00:8::/64')])), 'fd00:8:0:1::/64');
});

test('what is no pool is refused', () => {
  for (const text of [
    '10.0.0.0/8',
    'base=10.0.0.0,size=24',
    'base=10.0.0.0/24,size=16',
    'base=10.0.0.0/8,size=31',
  ]) {
    assert.throws(() => parsePoolRange(text), /--default-address-pool: expected something such as/);
  }
});
