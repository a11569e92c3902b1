import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkNetworkMode } from './network-mode.ts';

test('another container’s network comes as it is', () => {
  const NetworkMode = 'container:web';
  for (const [config, hostConfig, what] of [
    [{ Hostname: 'a' }, {}, 'hostname and the network mode'],
    [{}, { Links: ['a'] }, "container type network can't be used with links"],
    [{}, { Dns: ['192.0.2.1'] }, 'dns and the network mode'],
    [{}, { ExtraHosts: ['a:192.0.2.1'] }, 'custom host-to-IP mapping and the network mode'],
    [{}, { PortBindings: { '80/tcp': [{}] } }, 'port publishing and the container type network mode'],
    [{}, { PublishAllPorts: true }, 'port publishing and the container type network mode'],
    [{ ExposedPorts: { '80/tcp': {} } }, {}, 'port exposing and the container type network mode'],
    [{ MacAddress: '02:42:00:00:00:01' }, {}, 'mac-address and the network mode'],
  ] as const) {
    const check = () => checkNetworkMode(config as object, { NetworkMode, ...(hostConfig as object) });
    assert.throws(check, (error: Error) => error.message.startsWith(`conflicting options: ${what}`), what);
  }
  assert.deepEqual(checkNetworkMode({}, { NetworkMode, Dns: [], PortBindings: {} }), []);
});

test('on the host’s network ports are there without being published', () => {
  const published = { PortBindings: { '80/tcp': [{ HostPort: '80' }] } };
  assert.deepEqual(checkNetworkMode({}, { NetworkMode: 'host', ...published }), [
    'Published ports are discarded when using host network mode',
  ]);
  assert.deepEqual(checkNetworkMode({ Hostname: 'a' }, { NetworkMode: 'bridge', ...published }), []);
  assert.throws(() => checkNetworkMode({}, { NetworkMode: 'host', Links: ['a'] }), /host type networking/);
  assert.throws(() => checkNetworkMode({ Hostname: 'a' }, { UTSMode: 'host' }), /hostname and the UTS mode/);
});
