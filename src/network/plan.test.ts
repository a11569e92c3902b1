import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Config } from '../config/schema.ts';
import { planNetwork } from './plan.ts';
import { readNetworkSettings } from './settings.ts';
import { type LinkState, type NetworkState, NOTHING_OWNED, type Owned } from './state.ts';
import { describeStep, type Step } from './step.ts';

type Network = NonNullable<NonNullable<Config['rancher']>['network']>;

function plan(network: Network, state: NetworkState, owned: Owned = NOTHING_OWNED) {
  const { settings, problems } = readNetworkSettings({ rancher: { network } });
  assert.deepEqual(problems, []);
  const { steps, lastSteps, owned: next, dhcp } = planNetwork(settings, state, owned);
  return { steps, lines: [...steps, ...lastSteps].map(describeStep), owned: next, dhcp: [...dhcp.keys()] };
}

const lo: LinkState = { name: 'lo', index: 1, hardwareAddress: '', mtu: 65536, isUp: true };
const eth = (number: number): LinkState => ({
  name: `eth${number}`,
  index: 2 + number,
  hardwareAddress: `52:54:00:00:00:0${number}`,
  mtu: 1500,
  isUp: false,
});
const docker: LinkState = {
  name: 'docker0',
  index: 9,
  hardwareAddress: '02:42:00:00:00:01',
  kind: 'bridge',
  mtu: 1500,
  isUp: true,
};
const fresh: NetworkState = {
  links: [lo, eth(0), eth(1), eth(2), docker],
  addresses: [{ link: 'docker0', address: '172.17.0.1/16' }],
  routes: [{ link: 'docker0', to: '172.17.0.0/16', metric: 0 }],
};

/** The network after the steps, if all of them succeed. */
function after(state: NetworkState, steps: readonly Step[]): NetworkState {
  let { links, addresses, routes } = state;
  const change = (name: string, to: Partial<LinkState>) => {
    links = links.map((link) => (link.name === name ? { ...link, ...to } : link));
  };
  for (const step of steps) {
    switch (step.do) {
      case 'create-bond':
      case 'create-bridge':
      case 'create-vlan': {
        const kind = step.do.slice('create-'.length);
        assert.ok(!links.some(({ name }) => name === step.link));
        links = [
          ...links,
          { name: step.link, index: 20 + links.length, hardwareAddress: '', kind, mtu: 1500, isUp: false },
        ];
        break;
      }
      case 'delete-link':
        links = links.filter(({ name }) => name !== step.link);
        links = links.map(({ master, ...link }) =>
          master === undefined || master === step.link ? link : { ...link, master },
        );
        addresses = addresses.filter(({ link }) => link !== step.link);
        routes = routes.filter(({ link }) => link !== step.link);
        break;
      case 'set-master':
        if (step.master === null)
          links = links.map(({ master, ...link }) =>
            link.name === step.link || master === undefined ? link : { ...link, master },
          );
        else change(step.link, { master: step.master, isUp: true });
        break;
      case 'set-mtu':
        change(step.link, { mtu: step.mtu });
        break;
      case 'set-up':
      case 'set-down':
        change(step.link, { isUp: step.do === 'set-up' });
        break;
      case 'add-address':
        addresses = [...addresses, { link: step.link, address: step.address }];
        break;
      case 'remove-address':
        addresses = addresses.filter(({ link, address }) => link !== step.link || address !== step.address);
        break;
      case 'add-route': {
        const { do: _, isOnLink: __, ...route } = step;
        routes = [...routes, route];
        break;
      }
      case 'remove-route':
        routes = routes.filter(
          ({ link, to, via }) => link !== step.link || to !== step.to || via !== step.via,
        );
        break;
      case 'run':
    }
  }
  return { links, addresses, routes };
}

const FULL: Network = {
  pre_cmds: ['first'],
  post_cmds: ['last'],
  interfaces: {
    eth0: {
      address: '10.0.0.2/24',
      addresses: ['fd00::2/64'],
      gateway: '10.0.0.1',
      gateway_ipv6: 'fd00::1',
      mtu: 9000,
      vlans: '100,200:office',
      post_up: ['echo $iface'],
    },
    eth1: { bond: 'bond0' },
    'mac=52:54:00:00:00:02': { bond: 'bond0' },
    bond0: { bond_opts: { mode: '802.3ad' }, bridge: 'br0' },
    br0: { bridge: 'true', dhcp: true },
    office: { address: '10.2.0.2/24' },
  },
};

describe('a plan', () => {
  test('makes everything in an order that works', () => {
    const { lines, dhcp } = plan(FULL, fresh);
    assert.deepEqual(lines, [
      'run pre_cmds',
      'create bond bond0 mode 802.3ad',
      'create bridge br0',
      'create VLAN eth0.100, number 100 on eth0',
      'create VLAN office, number 200 on eth0',
      'set mtu of eth0 to 9000',
      'switch eth0 on',
      'add address 10.0.0.2/24 to eth0',
      'add address fd00::2/64 to eth0',
      'make eth1 a port of bond0',
      'make eth2 a port of bond0',
      'make bond0 a port of br0',
      'switch bond0 on',
      'switch eth0.100 on',
      'switch office on',
      'add address 10.2.0.2/24 to office',
      'switch br0 on',
      'add route to 0.0.0.0/0 by 10.0.0.1 on eth0',
      'add route to ::/0 by fd00::1 on eth0, metric 1024',
      'run post_up of eth0',
      'run post_cmds',
    ]);
    assert.deepEqual(dhcp, ['br0']);
  });

  test('is empty when it was done', () => {
    const first = plan(FULL, fresh);
    const second = plan(FULL, after(fresh, first.steps), first.owned);
    assert.deepEqual(second.lines, []);
    assert.deepEqual(second.owned, first.owned);
  });

  test('takes everything back, and nothing that others made', () => {
    const first = plan(FULL, fresh);
    const done = after(fresh, first.steps);
    const others = { link: 'eth0', address: '10.9.9.9/24' };
    const before = { ...done, addresses: [...done.addresses, others] };
    const last = plan({ interfaces: {} }, before, first.owned);
    const result = after(before, last.steps);
    assert.deepEqual(
      result.links.map(({ name, mtu, master }) => [name, mtu, master]),
      [
        ['lo', 65536, undefined],
        ['eth0', 1500, undefined],
        ['eth1', 1500, undefined],
        ['eth2', 1500, undefined],
        ['docker0', 1500, undefined],
      ],
    );
    assert.deepEqual(result.addresses, [...fresh.addresses, others]);
    assert.deepEqual(result.routes, fresh.routes);
    assert.deepEqual(last.owned, NOTHING_OWNED);
  });

  test('exchanges an address, and sets again what the kernel takes along', () => {
    const network = (address: string, further: string): Network => ({
      interfaces: { eth0: { address, addresses: [further], gateway: '10.0.0.1' } },
    });
    const first = plan(network('10.0.0.2/24', '10.0.0.3/24'), fresh);
    const second = plan(network('10.0.0.4/24', '10.0.0.3/24'), after(fresh, first.steps), first.owned);
    assert.deepEqual(second.lines, [
      'remove address 10.0.0.2/24 from eth0',
      'add address 10.0.0.4/24 to eth0',
      'add address 10.0.0.3/24 to eth0',
      'add route to 0.0.0.0/0 by 10.0.0.1 on eth0',
    ]);
  });

  test('makes a bond anew when its options change, with what lies on it', () => {
    const network = (mode: string): Network => ({
      interfaces: {
        eth0: { bond: 'bond0' },
        bond0: { bond_opts: { mode }, vlans: '7', address: '10.0.0.2/24' },
      },
    });
    const first = plan(network('1'), fresh);
    const second = plan(network('4'), after(fresh, first.steps), first.owned);
    assert.deepEqual(second.lines, [
      'delete bond0.7',
      'delete bond0',
      'create bond bond0 mode 4',
      'create VLAN bond0.7, number 7 on bond0',
      'switch eth0 off',
      'make eth0 a port of bond0',
      'switch bond0 on',
      'add address 10.0.0.2/24 to bond0',
      'switch bond0.7 on',
    ]);
  });

  test('keeps a bridge that somebody else made', () => {
    const network: Network = { interfaces: { docker0: { bridge: 'true', address: '172.17.0.5/16' } } };
    const first = plan(network, fresh);
    assert.deepEqual(first.lines, ['add address 172.17.0.5/16 to docker0']);
    const second = plan({ interfaces: {} }, after(fresh, first.steps), first.owned);
    assert.deepEqual(second.lines, ['remove address 172.17.0.5/16 from docker0']);
  });

  test('gives no address by DHCP to an interface that is static or a port', () => {
    const network: Network = {
      interfaces: {
        'eth*': { dhcp: true },
        eth1: { address: '10.0.0.2/24' },
        eth2: { dhcp: true, bridge: 'br0' },
      },
    };
    assert.deepEqual(plan(network, fresh).dhcp, ['eth0']);
    assert.deepEqual(
      plan({ interfaces: { 'eth*': { dhcp: true }, 'mac=52:54:00:00:00:00': { dhcp: false } } }, fresh).dhcp,
      ['eth1', 'eth2'],
    );
  });

  test('reaches a gateway outside of its network, and has a second default route in reserve', () => {
    const network: Network = {
      interfaces: {
        eth0: { address: '10.0.0.2/32', gateway: '172.31.1.1' },
        eth1: { address: '10.1.0.2/24', gateway: '10.1.0.1' },
      },
    };
    const routes = plan(network, fresh).steps.flatMap((step) =>
      step.do === 'add-route' ? [[step.link, step.metric, step.isOnLink]] : [],
    );
    assert.deepEqual(routes, [
      ['eth0', 0, true],
      ['eth1', 1, undefined],
    ]);
  });

  test('runs commands again only for other settings', () => {
    const network = (mtu: number): Network => ({ interfaces: { eth0: { mtu, pre_up: ['one'] } } });
    const first = plan(network(1400), fresh);
    assert.deepEqual(first.lines, ['run pre_up of eth0', 'set mtu of eth0 to 1400', 'switch eth0 on']);
    const now = after(fresh, first.steps);
    assert.deepEqual(plan(network(1400), now, first.owned).lines, []);
    assert.deepEqual(plan(network(1300), now, first.owned).lines, [
      'run pre_up of eth0',
      'set mtu of eth0 to 1300',
    ]);
  });
});
