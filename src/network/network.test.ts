import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dhcpcdConfiguration, dhcpTasks } from './dhcp-client.ts';
import { Leases, parseDhcpReport } from './dhcp-report.ts';
import { type InterfaceSettings, settingsFor } from './interface-settings.ts';
import { resolvConf } from './resolv-conf.ts';
import { readNetworkSettings } from './settings.ts';
import { wpaSupplicantConfiguration } from './wireless.ts';

/** Settings that ask for nothing but what is given. */
function settingsOf(match: string, more: Partial<InterfaceSettings> = {}): InterfaceSettings {
  return {
    match,
    dhcp: false,
    linkLocal: false,
    addresses: [],
    routes: [],
    isBridge: false,
    vlans: [],
    preUp: [],
    postUp: [],
    ...more,
  };
}

describe('network settings', () => {
  test('are DHCP on eth* when there are none', () => {
    const { settings, problems } = readNetworkSettings({});
    assert.deepEqual(settings.interfaces, [settingsOf('eth*', { dhcp: true })]);
    assert.deepEqual(settings.defaultDns.nameservers, ['8.8.8.8', '8.8.4.4']);
    assert.equal(settings.dhcpTimeout, 10);
    assert.equal(settings.hasHostname, false);
    assert.deepEqual(problems, []);
  });

  test('replace the defaults', () => {
    const { settings, problems } = readNetworkSettings({
      hostname: 'box',
      rancher: {
        network: {
          interfaces: { eth1: { address: '10.0.0.2/8', gateway: '10.0.0.1' } },
          dns: { nameservers: ['1.1.1.1'] },
        },
        defaults: {
          network: {
            interfaces: { 'eth*': { dhcp: true } },
            dhcp_timeout: 3,
            dns: { nameservers: ['8.8.8.8'] },
          },
        },
      },
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(settings.interfaces, [
      settingsOf('eth1', { addresses: ['10.0.0.2/8'], routes: [{ to: '0.0.0.0/0', via: '10.0.0.1' }] }),
    ]);
    assert.deepEqual(settings.dns, { nameservers: ['1.1.1.1'], search: [] });
    assert.deepEqual(settings.defaultDns.nameservers, ['8.8.8.8']);
    assert.equal(settings.dhcpTimeout, 3);
    assert.equal(settings.hasHostname, true);
  });

  test('name what is wrong', () => {
    const { settings, problems } = readNetworkSettings({
      rancher: {
        network: {
          interfaces: { eth0: { address: '10.0.0.2', gateway: 'router' } },
          dns: { nameservers: ['dns.example.org', '9.9.9.9'] },
        },
      },
    });
    assert.deepEqual(settings.interfaces, [settingsOf('eth0')]);
    assert.deepEqual(settings.dns.nameservers, ['9.9.9.9']);
    assert.deepEqual(problems, [
      'rancher.network.interfaces.eth0.address: expected an address such as 192.168.1.2/24, got "10.0.0.2"; ignored',
      'rancher.network.interfaces.eth0.gateway: expected an address such as 192.168.1.1, got "router"; ignored',
      'rancher.network.dns.nameservers: expected an address such as 192.168.1.1, got "dns.example.org"; ignored',
    ]);
  });

  test('have all that an interface can have', () => {
    const { settings, problems } = readNetworkSettings({
      rancher: {
        network: {
          interfaces: {
            'eth*': {
              match: 'mac:52:54:00:aa:*',
              addresses: ['10.0.0.2/8', 'FD00:0::2/64'],
              gateway_ipv6: 'fe80::1',
              routes: [
                { to: '172.16.9.9/12', via: '10.0.0.9', metric: 5 },
                { to: 'default', via: '10.0.0.7' },
              ],
              vlans: '100, 200:office',
              ipv4ll: true,
              mtu: 9000,
            },
            eth1: { bond: 'bond0', vlans: '4095' },
            eth2: { bridge: 'br0' },
            br0: { bridge: 'true' },
            bond0: { bond_opts: { mode: '4', '../mode': 'x' } },
          },
        },
      },
    });
    assert.deepEqual(settings.interfaces, [
      settingsOf('mac:52:54:00:aa:*', {
        linkLocal: true,
        addresses: ['10.0.0.2/8', 'fd00::2/64'],
        routes: [
          { to: '::/0', via: 'fe80::1' },
          { to: '172.16.0.0/12', via: '10.0.0.9', metric: 5 },
          { to: '0.0.0.0/0', via: '10.0.0.7' },
        ],
        mtu: 9000,
        vlans: [{ id: 100 }, { id: 200, name: 'office' }],
      }),
      settingsOf('eth1', { master: { name: 'bond0', kind: 'bond' } }),
      settingsOf('eth2', { master: { name: 'br0', kind: 'bridge' } }),
      settingsOf('br0', { isBridge: true }),
      settingsOf('bond0', { bondOptions: { mode: '4' } }),
    ]);
    assert.deepEqual(
      problems.map((problem) => problem.slice('rancher.network.interfaces.'.length)),
      [
        'eth1.vlans: expected VLANs such as 100,200:name with numbers from 1 to 4094, got "4095"; ignored',
        'bond0.bond_opts: expected an option such as mode, got "../mode"; ignored',
      ],
    );
  });

  test('take each key from the defaults where it is not set', () => {
    const { settings } = readNetworkSettings({
      rancher: {
        network: { dns: { nameservers: ['1.1.1.1'] } },
        defaults: { network: { interfaces: { en0: { dhcp: true } }, pre_cmds: ['true'] } },
      },
    });
    assert.deepEqual(settings.interfaces, [settingsOf('en0', { dhcp: true })]);
    assert.deepEqual(settings.preCommands, ['true']);
  });

  test('belong to the interface that they describe best', () => {
    const pattern = settingsOf('eth*');
    const name = settingsOf('eth0');
    const hardwarePattern = settingsOf('mac:52:54:00:aa:00:0*');
    const hardware = settingsOf('mac=52:54:00:AA:00:01');
    const all = [pattern, name, hardwarePattern, hardware];
    const eth = (number: number, last: string, kind?: string) => ({
      name: `eth${number}`,
      hardwareAddress: `52:54:00:aa:00:${last}`,
      kind,
    });
    assert.equal(settingsFor(eth(0, '01'), all), hardware);
    assert.equal(settingsFor(eth(0, '02'), all), hardwarePattern);
    assert.equal(settingsFor(eth(0, '12'), all), name);
    assert.equal(settingsFor(eth(2, '12'), all), pattern);
    // What lies on an interface has its hardware address.
    assert.equal(settingsFor(eth(0, '01', 'vlan'), all), name);
    assert.equal(settingsFor(eth(2, '01', 'bond'), all), undefined);
    assert.equal(settingsFor({ name: 'docker0', hardwareAddress: '' }, [settingsOf('*')]), undefined);
  });
});

describe('the configuration of wpa_supplicant', () => {
  test('keeps a text in its line', () => {
    const text = wpaSupplicantConfiguration({
      ssid: 'the "house"',
      psk: 'secret  key\n}',
      scan_ssid: 1,
      ca_certs: ['/a', '/b'],
      password: 'a\nb',
      key_mgmt: 'WPA-EAP\nx',
    });
    assert.deepEqual(text.split('\n'), [
      'ctrl_interface=/run/wpa_supplicant',
      'network={',
      '  ssid="the "house""',
      '  password=P"a\\nb"',
      '  psk="secret  key }"',
      '  scan_ssid=1',
      '  key_mgmt=WPA-EAP x',
      '  ca_cert="/a"',
      '  ca_cert2="/b"',
      '}',
      '',
    ]);
  });
});

describe('/etc/resolv.conf', () => {
  const none = { nameservers: [], search: [] };

  test('takes each setting from the first source that has it', () => {
    const sources = [
      { nameservers: ['1.1.1.1'], search: [] },
      { nameservers: ['10.0.2.3'], search: ['example.org', 'example.com'] },
      { nameservers: ['8.8.8.8'], search: [] },
    ];
    assert.equal(resolvConf(sources), 'search example.org example.com\nnameserver 1.1.1.1\n');
  });

  test('lists no more name servers than are looked at', () => {
    const nameservers = ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'];
    assert.equal(resolvConf([none, { nameservers, search: [] }]).split('\n').length, 4);
  });

  test('may be empty', () => {
    assert.equal(resolvConf([none]), '');
  });
});

describe('reports of dhcpcd', () => {
  const lease = [
    'interface=eth0',
    'reason=BOUND',
    'protocol=dhcp',
    'if_up=true',
    'if_down=false',
    'new_ip_address=10.0.2.15',
    'new_subnet_cidr=24',
    'new_domain_name_servers=10.0.2.3 10.0.2.4',
    'new_domain_search=example.org',
    'new_host_name=box',
    'PATH=/bin',
  ];
  const report = (environment: string[]) => {
    const parsed = parseDhcpReport(environment);
    assert.ok(parsed);
    return parsed;
  };

  test('tell of a lease', () => {
    assert.deepEqual(report(lease), {
      interface: 'eth0',
      reason: 'BOUND',
      protocol: 'dhcp',
      state: 'up',
      address: '10.0.2.15/24',
      dns: { nameservers: ['10.0.2.3', '10.0.2.4'], search: ['example.org'] },
      hostname: 'box',
    });
  });

  test('are recognized', () => {
    assert.equal(parseDhcpReport(['PATH=/bin', 'interface=eth0']), undefined);
  });

  test('add up, until the interface goes down', () => {
    const leases = new Leases();
    leases.add(report(lease));
    leases.add(
      report([
        'interface=eth0',
        'reason=ROUTERADVERT',
        'protocol=ra',
        'if_up=true',
        'nd1_rdnss1_servers=fec0::3',
      ]),
    );
    assert.deepEqual(leases.dns(), {
      nameservers: ['10.0.2.3', '10.0.2.4', 'fec0::3'],
      search: ['example.org'],
    });
    assert.ok(leases.has('eth0'));
    leases.add(report(['interface=eth0', 'reason=EXPIRE', 'protocol=dhcp', 'if_down=true']));
    assert.deepEqual(leases.dns().nameservers, ['fec0::3']);
    leases.add(report(['interface=eth1', 'reason=NOCARRIER', 'protocol=link', 'if_down=true']));
    assert.ok(leases.has('eth0'));
    leases.add(report(['interface=eth0', 'reason=NOCARRIER', 'protocol=link', 'if_down=true']));
    assert.equal(leases.has('eth0'), false);
  });
});

describe('the tasks of dhcpcd', () => {
  const tasks = dhcpTasks(
    new Map([
      ['eth0', settingsOf('eth*', { dhcp: true })],
      ['eth1', settingsOf('eth1', { linkLocal: true })],
      ['eth2', settingsOf('eth2', { dhcp: true, dhcpArguments: '--ipv4only' })],
      ['eth3', settingsOf('eth*', { dhcp: true })],
    ]),
  );
  const linesOf = (name: string) => {
    const task = tasks.get(name);
    assert.ok(task);
    return dhcpcdConfiguration(task).split('\n');
  };

  test('are one for all interfaces but those with wishes of their own', () => {
    assert.deepEqual([...tasks.keys()].sort(), ['', 'eth1', 'eth2']);
    assert.ok(linesOf('').includes('allowinterfaces eth0 eth3'));
    assert.equal(tasks.get('eth2')?.arguments, '--ipv4only');
  });

  test('ask no server for a link-local address', () => {
    assert.ok(linesOf('eth1').includes('nodhcp'));
    assert.ok(!linesOf('eth1').includes('noarp'));
    assert.ok(linesOf('eth2').includes('noarp'));
  });
});
