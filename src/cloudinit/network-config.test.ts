import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseYaml } from '../config/yaml.ts';
import { networkFromConfig } from './network-config.ts';
import { networkFromOpenStack } from './network-data.ts';
import { prefixLength, withPrefix } from './network-interfaces.ts';

const translate = (text: string) => networkFromConfig(parseYaml(text, 'network-config'), 'network-config');

test('version 1: addresses, gateways and DNS of interfaces', () => {
  const network = translate(`
version: 1
config:
- type: physical
  name: eth0
  mac_address: 52:54:00:AB:CD:EF
  mtu: 1400
  subnets:
  - type: static
    address: 192.168.1.5
    netmask: 255.255.255.0
    gateway: 192.168.1.1
    dns_nameservers: [192.168.1.1]
    dns_search: [example.org]
  - type: static6
    address: 2001:db8::5/64
    gateway: 2001:db8::1
- type: physical
  name: eth1
  subnets: [{ type: dhcp }]
- type: nameserver
  address: [8.8.8.8]
`);
  assert.deepEqual(network, {
    interfaces: {
      'mac=52:54:00:ab:cd:ef': {
        dhcp: false,
        address: '192.168.1.5/24',
        addresses: ['192.168.1.5/24', '2001:db8::5/64'],
        gateway: '192.168.1.1',
        gateway_ipv6: '2001:db8::1',
        mtu: 1400,
      },
      eth1: { dhcp: true },
    },
    dns: { nameservers: ['192.168.1.1', '8.8.8.8'], search: ['example.org'] },
  });
});

test('version 1: bonds, bridges and VLANs', () => {
  const network = translate(`
network:
  version: 1
  config:
  - { type: physical, name: eth0 }
  - { type: physical, name: eth1 }
  - type: bond
    name: bond0
    bond_interfaces: [eth0, eth1]
    params: { bond-mode: active-backup, bond_miimon: 100 }
    subnets: [{ type: dhcp4 }]
  - { type: vlan, name: bond0.10, vlan_link: bond0, vlan_id: 10 }
  - { type: vlan, name: lab, vlan_link: bond0, vlan_id: 20 }
  - { type: bridge, name: br0, bridge_interfaces: [lab] }
`);
  assert.deepEqual(network, {
    interfaces: {
      eth0: { bond: 'bond0' },
      eth1: { bond: 'bond0' },
      bond0: { dhcp: true, bond_opts: { mode: 'active-backup', miimon: '100' }, vlans: '10:bond0.10,20:lab' },
      'bond0.10': {},
      lab: { bridge: 'br0' },
      br0: { bridge: 'true' },
    },
  });
});

test('version 2: netplan', () => {
  const network = translate(`
network:
  version: 2
  ethernets:
    lan:
      match: { macaddress: "52:54:00:12:34:56" }
      addresses: [10.0.0.2/24, "2001:db8::2/64"]
      routes:
      - { to: default, via: 10.0.0.1 }
      nameservers: { addresses: [10.0.0.1], search: [lan] }
    eth1: { dhcp4: true, mtu: 9000 }
    all: { match: { name: "ens*" }, dhcp4: yes }
  bonds:
    bond0: { interfaces: [eth1], parameters: { mode: 802.3ad, mii-monitor-interval: 100 } }
  vlans:
    lan.5: { id: 5, link: lan, addresses: [10.5.0.2/24] }
`);
  assert.deepEqual(network, {
    interfaces: {
      'mac=52:54:00:12:34:56': {
        dhcp: false,
        address: '10.0.0.2/24',
        addresses: ['10.0.0.2/24', '2001:db8::2/64'],
        gateway: '10.0.0.1',
        vlans: '5:lan.5',
      },
      eth1: { dhcp: true, mtu: 9000, bond: 'bond0' },
      'ens*': { dhcp: true },
      bond0: { bond_opts: { mode: '802.3ad', miimon: '100' } },
      'lan.5': { dhcp: false, address: '10.5.0.2/24' },
    },
    dns: { nameservers: ['10.0.0.1'], search: ['lan'] },
  });
});

test('OpenStack: links, networks and services', () => {
  const network = networkFromOpenStack({
    links: [{ id: 'tap0', type: 'bridge', ethernet_mac_address: 'FA:16:3E:00:00:01', mtu: 1450 }],
    networks: [
      {
        id: 'network0',
        type: 'ipv4',
        link: 'tap0',
        ip_address: '10.0.0.7',
        netmask: '255.255.255.0',
        routes: [{ network: '0.0.0.0', netmask: '0.0.0.0', gateway: '10.0.0.1' }],
      },
    ],
    services: [{ type: 'dns', address: '10.0.0.2' }],
  });
  assert.deepEqual(network, {
    interfaces: {
      'mac=fa:16:3e:00:00:01': { dhcp: false, address: '10.0.0.7/24', gateway: '10.0.0.1', mtu: 1450 },
    },
    dns: { nameservers: ['10.0.0.2'] },
  });
});

test('a switched-off configuration says nothing, and another version is an error', () => {
  assert.deepEqual(translate('config: disabled'), {});
  assert.throws(() => translate('version: 3'), /^ConfigError: network-config.*version: 1 or version: 2/);
});

test('netmasks', () => {
  assert.equal(prefixLength('255.255.252.0'), 22);
  assert.equal(prefixLength('ffff:ffff:ffff::'), 48);
  assert.equal(prefixLength('255.0.255.0'), undefined);
  assert.equal(withPrefix('10.0.0.1', ''), '10.0.0.1/32');
  assert.equal(withPrefix('10.0.0.1/255.0.0.0', ''), '10.0.0.1/8');
});

test('routes that do not lead everywhere', () => {
  const version1 = translate(`
version: 1
config:
- type: physical
  name: eth0
  subnets:
  - type: static
    address: 10.0.0.5/24
    gateway: 10.0.0.1
    routes:
    - { network: 172.16.0.0, netmask: 255.240.0.0, gateway: 10.0.0.2 }
    - { network: 0.0.0.0, netmask: 0.0.0.0, gateway: 10.0.0.3 }
`);
  const version2 = translate(`
version: 2
ethernets:
  eth0:
    addresses: [10.0.0.5/24]
    routes:
    - { to: default, via: 10.0.0.1 }
    - { to: 172.16.0.0/12, via: 10.0.0.2, metric: 50 }
    - { to: "2001:db8:1::/48", via: "fe80::1" }
    - { to: 192.0.2.9, via: 10.0.0.2 }
`);
  const openstack = networkFromOpenStack({
    links: [{ id: 'a', ethernet_mac_address: '52:54:00:00:00:0a' }],
    networks: [
      {
        link: 'a',
        type: 'ipv4',
        ip_address: '10.0.0.5',
        netmask: '255.255.255.0',
        routes: [
          { network: '0.0.0.0', netmask: '0.0.0.0', gateway: '10.0.0.1' },
          { network: '172.16.0.0', netmask: '255.240.0.0', gateway: '10.0.0.2' },
        ],
      },
    ],
  });
  const routesOf = (network: unknown) =>
    Object.values((network as { interfaces: Record<string, { routes: unknown }> }).interfaces)[0]?.routes;
  const via = '10.0.0.2';
  assert.deepEqual(routesOf(version1), [{ to: '172.16.0.0/12', via }]);
  assert.deepEqual(routesOf(openstack), [{ to: '172.16.0.0/12', via }]);
  assert.deepEqual(routesOf(version2), [
    { to: '172.16.0.0/12', via, metric: 50 },
    { to: '2001:db8:1::/48', via: 'fe80::1' },
    { to: '192.0.2.9/32', via },
  ]);
});
