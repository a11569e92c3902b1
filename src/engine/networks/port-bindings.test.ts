import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exposedPorts, formatContainerPort, portRequests } from './port-bindings.ts';

const requests = (bindings: Record<string, { HostIp?: string; HostPort?: string }[]>, all = false) =>
  portRequests({ ExposedPorts: { '70/tcp': {} } }, { PortBindings: bindings, PublishAllPorts: all });

test('a binding names a port of the container, an address and a range of the machine', () => {
  assert.deepEqual(
    requests({ '53/udp': [{ HostIp: '127.0.0.1', HostPort: '' }], '80': [{ HostPort: '8000-8010' }] }),
    [
      { port: 80, protocol: 'tcp', hostIp: '', firstHostPort: 8000, lastHostPort: 8010 },
      { port: 53, protocol: 'udp', hostIp: '127.0.0.1', firstHostPort: 0, lastHostPort: 0 },
    ],
  );
});

test('everything that is exposed is published on demand, once', () => {
  const published = requests({ '70/tcp': [{ HostPort: '7000' }], '60/tcp': [] }, true);
  assert.deepEqual(
    published.map(({ port, firstHostPort }) => [port, firstHostPort]),
    [
      [70, 7000],
      [60, 0],
    ],
  );
});

test('exposed and bound ports are listed together', () => {
  const ports = exposedPorts({ ExposedPorts: { '8000-8001/tcp': {} } }, { PortBindings: { '53/udp': [] } });
  assert.deepEqual(ports.map(formatContainerPort), ['53/udp', '8000/tcp', '8001/tcp']);
});

for (const key of ['80/icmp', 'x/tcp', '9-8/tcp', '70000/tcp', '80/tcp/udp', '', '80/sctp']) {
  test(`refuses "${key}"`, () => {
    assert.throws(() => requests({ [key]: [{}] }), { status: 400, message: /^invalid port specification/ });
  });
}

test('refuses addresses and host ports that are none', () => {
  assert.throws(() => requests({ '80/tcp': [{ HostIp: 'localhost' }] }), {
    message: 'invalid IP address: localhost',
  });
  assert.throws(() => requests({ '80/tcp': [{ HostPort: '80-' }] }), { status: 400 });
});
