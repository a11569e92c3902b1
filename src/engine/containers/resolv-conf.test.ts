import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolvConfFile } from './resolv-conf.ts';

const host = 'nameserver 127.0.0.53\nnameserver 10.0.2.3\nsearch lan\noptions edns0\n';

test('in the host’s network everything is as on the host', () => {
  assert.equal(resolvConfFile({}, host, 'host'), host);
});

test('elsewhere servers on the loopback of the host are left out', () => {
  assert.equal(resolvConfFile({}, host, 'reachable'), host.replace('nameserver 127.0.0.53\n', ''));
  assert.equal(
    resolvConfFile({}, 'nameserver 127.0.0.1\n', 'reachable'),
    'nameserver 8.8.8.8\nnameserver 8.8.4.4\n',
  );
});

test('on a network of a user the engine is asked', () => {
  assert.equal(
    resolvConfFile({ Dns: ['9.9.9.9'], DnsSearch: ['a', 'b'] }, host, 'engine'),
    'nameserver 127.0.0.11\nsearch a b\noptions edns0\noptions ndots:0\n',
  );
  assert.match(resolvConfFile({ DnsOptions: ['ndots:2'] }, host, 'engine'), /\noptions ndots:2\n$/);
});

test('the flags of the container replace what the host has', () => {
  const flags = { Dns: ['9.9.9.9'], DnsSearch: ['.'], DnsOptions: ['rotate'] };
  assert.equal(resolvConfFile(flags, host, 'reachable'), 'nameserver 9.9.9.9\noptions rotate\n');
});
