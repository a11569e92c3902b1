import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePrefixedAddress } from '../../linux/ip-address.ts';
import { readSubnet, type SubnetRequest } from './subnet-request.ts';

const taken = [parsePrefixedAddress('172.17.0.0/16') ?? assert.fail()];
const read = (request: SubnetRequest) => readSubnet(request, taken);
const refusal = (request: SubnetRequest) => {
  try {
    read(request);
  } catch (error) {
    return (error as Error).message.replace('invalid network config:\n', '');
  }
  return undefined;
};

test('a subnet and its parts are read', () => {
  assert.deepEqual(read({ Subnet: '10.0.0.0/8' }), { subnet: '10.0.0.0/8' });
  assert.deepEqual(
    read({
      Subnet: 'FD00:0::/64',
      IPRange: 'fd00::1:0/112',
      Gateway: 'fd00::1/64',
      AuxiliaryAddresses: { printer: 'fd00:0::2' },
    }),
    { subnet: 'fd00::/64', ipRange: 'fd00::1:0/112', gateway: 'fd00::1', auxiliary: { printer: 'fd00::2' } },
  );
});

test('what cannot be is refused', () => {
  const Subnet = '10.6.0.0/24';
  const none = "parent subnet 10.6.0.0/24 doesn't contain";
  for (const [request, message] of [
    [{}, 'invalid subnet : invalid CIDR block notation'],
    [{ Subnet: '10.6.0.0' }, 'invalid subnet 10.6.0.0: invalid CIDR block notation'],
    [{ Subnet: '10.6.0.1/24' }, 'invalid subnet 10.6.0.1/24: it should be 10.6.0.0/24'],
    [{ Subnet: '172.16.0.0/12' }, 'invalid pool request: Pool overlaps with other one on this address space'],
    [{ Subnet, IPRange: '10.6.0.1/30' }, 'invalid ip-range 10.6.0.1/30: it should be 10.6.0.0/30'],
    [{ Subnet, IPRange: '10.7.0.0/30' }, `invalid ip-range 10.7.0.0/30: ${none} ip-range`],
    [
      { Subnet, IPRange: '10.0.0.0/8' },
      'invalid ip-range 10.0.0.0/8: CIDR block is bigger than its parent subnet 10.6.0.0/24',
    ],
    [{ Subnet, Gateway: '10.7.0.1' }, `invalid gateway 10.7.0.1: ${none} this address`],
    [{ Subnet, Gateway: 'fd00::1' }, `invalid gateway fd00::1: ${none} this address`],
    [{ Subnet, AuxiliaryAddresses: { a: 'x' } }, 'invalid auxiliary address x: invalid address'],
  ] as const) {
    assert.equal(refusal(request), message);
  }
});
