import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dhcpcdConfiguration } from './dhcp-client.ts';
import { Leases, parseDhcpReport } from './dhcp-report.ts';
import { resolvConf } from './resolv-conf.ts';
import { readNetworkSettings, settingsFor } from './settings.ts';

describe('network settings', () => {
  test('are DHCP on eth* when there are none', () => {
    const { settings, problems } = readNetworkSettings({});
    assert.deepEqual(settings.interfaces, [{ match: 'eth*', dhcp: true }]);
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
      {
        match: 'eth1',
        dhcp: false,
        address: { bytes: new Uint8Array([10, 0, 0, 2]), prefixLength: 8 },
        gateway: new Uint8Array([10, 0, 0, 1]),
      },
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
    assert.deepEqual(settings.interfaces, [{ match: 'eth0', dhcp: false }]);
    assert.deepEqual(settings.dns.nameservers, ['9.9.9.9']);
    assert.deepEqual(problems, [
      'rancher.network.interfaces.eth0.address: expected an address such as 192.168.1.2/24, got "10.0.0.2"; ignored',
      'rancher.network.interfaces.eth0.gateway: expected an address such as 192.168.1.1, got "router"; ignored',
      'rancher.network.dns.nameservers: expected an address such as 192.168.1.1, got "dns.example.org"; ignored',
    ]);
  });

  test('belong to the interface that they describe best', () => {
    const pattern = { match: 'eth*', dhcp: true };
    const name = { match: 'eth0', dhcp: false };
    const hardware = { match: 'mac=52:54:00:AA:00:01', dhcp: false };
    const all = [pattern, name, hardware];
    const eth = (number: number, last: string) => ({
      name: `eth${number}`,
      hardwareAddress: `52:54:00:aa:00:${last}`,
    });
    assert.equal(settingsFor(eth(0, '01'), all), hardware);
    assert.equal(settingsFor(eth(0, '02'), all), name);
    assert.equal(settingsFor(eth(2, '02'), all), pattern);
    assert.equal(settingsFor({ name: 'docker0', hardwareAddress: '' }, all), undefined);
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

describe('the configuration of dhcpcd', () => {
  test('is about the interfaces that use DHCP and no others', () => {
    const lines = dhcpcdConfiguration(['eth*', 'ens3'], ['eth1', 'lo']).split('\n');
    assert.ok(lines.includes('allowinterfaces eth* ens3'));
    assert.ok(lines.includes('denyinterfaces eth1 lo'));
    assert.ok(!dhcpcdConfiguration(['eth*'], []).includes('denyinterfaces'));
  });
});
