import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Container, type ContainerRecord, initialState } from '../../containers/container.ts';
import type { EndpointSettings } from '../endpoint.ts';
import type { Network } from '../network.ts';
import { endpointsNamed, nameOfAddress } from './known-names.ts';

const network = (name: string): Network => ({
  id: name.padEnd(64, '0'),
  name,
  created: '',
  driver: 'bridge',
  enableIPv4: true,
  enableIPv6: false,
  internal: false,
  attachable: false,
  subnets: [],
  hasOwnSubnets: false,
  options: {},
  labels: {},
});
const networks = [network('bridge'), network('first'), network('second')];

function container(
  name: string,
  places: Record<string, [address: string, settings?: EndpointSettings]>,
): Container {
  const record: ContainerRecord = {
    id: name.padEnd(64, '1'),
    name,
    created: '',
    imageId: `sha256:${'0'.repeat(64)}`,
    config: { Hostname: `host-of-${name}` },
    hostConfig: {},
    command: [],
    mounts: [],
    networks: Object.fromEntries(
      Object.entries(places).map(([on, [address, settings = {}]]) => {
        const ipv4 = { address, prefixLength: 24, gateway: '' };
        const endpoint = { id: '', interfaceName: 'eth0', macAddress: '', ipv4 };
        return [on, { settings, networkId: network(on).id, endpoint }];
      }),
    ),
    ports: [],
    state: initialState(),
    restartCount: 0,
    isManuallyStopped: false,
  };
  return new Container(record);
}

const web = container('Web', { first: ['10.1.0.2', { Aliases: ['service'] }], bridge: ['10.0.0.2'] });
const twin = container('twin', { first: ['10.1.0.3', { Aliases: ['service'] }] });
const far = container('far', { second: ['10.2.0.2'] });
const plain = container('plain', { bridge: ['10.0.0.3'] });
const asking = container('asking', { first: ['10.1.0.9', { Links: ['twin:db'] }], bridge: ['10.0.0.9'] });
const all = [web, twin, far, plain, asking];

const found = (name: string, by = asking) =>
  endpointsNamed(name, by, all, networks)?.map(({ ipv4 }) => ipv4.address);

test('a container is found by its name, its short id, its hostname and its aliases', () => {
  assert.deepEqual(found('web'), ['10.1.0.2']);
  assert.deepEqual(found('web.first'), ['10.1.0.2']);
  assert.deepEqual(found('web111111111'), ['10.1.0.2'], 'its id begins so, in whatever case');
  assert.deepEqual(found('host-of-twin'), ['10.1.0.3']);
  assert.deepEqual(found('service'), ['10.1.0.2', '10.1.0.3']);
  assert.deepEqual(found('asking'), ['10.1.0.9']);
});

test('not by whoever is on other networks, or on the default one only', () => {
  assert.equal(found('far'), undefined);
  assert.equal(found('plain'), undefined);
  assert.equal(found('web', plain), undefined);
  assert.equal(found('web.second'), undefined);
});

test('links are names that only one container knows', () => {
  assert.deepEqual(found('db'), ['10.1.0.3']);
  assert.equal(found('db', web), undefined);
});

test('an address leads back to the name', () => {
  const name = (address: string) => nameOfAddress(address, asking, all, networks);
  assert.equal(name('10.1.0.3'), 'twin.first');
  assert.equal(name('10.2.0.2'), undefined);
});
