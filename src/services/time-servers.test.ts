import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withTimeServers } from './time-servers.ts';

const services = { ntp: { image: 'ntp', environment: { A: 1 } }, other: { image: 'other' } };

describe('withTimeServers()', () => {
  test('leaves the services as they are without `ntp`', () => {
    assert.deepEqual(withTimeServers(services, undefined), { services, problems: [] });
    assert.deepEqual(withTimeServers(services, { enabled: true }), { services, problems: [] });
  });

  test('leaves out the service that is not wanted', () => {
    const ntp = { enabled: false, servers: ['a'] };
    assert.deepEqual(withTimeServers(services, ntp).services, { other: services.other });
  });

  test('gives servers and pools to the service, and refuses what is none', () => {
    const found = withTimeServers(services, {
      servers: ['time.example.org', '192.0.2.1', 'a b'],
      pools: ['pool.example.org'],
    });
    assert.deepEqual(found.services['ntp']?.['environment'], [
      'A=1',
      'NTP_SERVERS=time.example.org 192.0.2.1',
      'NTP_POOLS=pool.example.org',
    ]);
    assert.deepEqual(found.problems, ['ntp.servers: expected a host name, got "a b"; ignored']);
  });
});
