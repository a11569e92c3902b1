/** Each service answers as its public documentation shows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkDatasources } from './find.ts';
import type { Get, GetOptions } from './service.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const nowhere = { firmware: '', kernelWords: '', serial: '' };

/** A server with these answers, by method and path below http://server/; `needs` must be among the headers. */
function server(answers: Readonly<Record<string, unknown>>, needs?: readonly [string, string]): Get {
  return async (url: string, { method = 'GET', headers = {} }: GetOptions = {}) => {
    if (needs !== undefined && method === 'GET' && headers[needs[0]] !== needs[1]) return undefined;
    const path = `${method === 'GET' ? '' : `${method} `}${url.replace(/^https?:\/\/[^/]*\//, '')}`;
    const answer = answers[path];
    if (answer === undefined) return undefined;
    return bytes(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };
}

async function fetchFrom(word: string, get: Get) {
  const [datasource] = networkDatasources([word], nowhere).datasources;
  const fetched = await datasource?.fetch(get);
  return {
    metadata: fetched?.metadata,
    userData: fetched?.userData && new TextDecoder().decode(fetched.userData),
    network: fetched?.network,
  };
}

const USER_DATA = '#cloud-config\n';
const EC2 = {
  'latest/meta-data/': 'instance-id\nhostname',
  'latest/meta-data/instance-id': 'i-1',
  'latest/meta-data/local-hostname': 'ip-10-0-0-1.internal extra',
  'latest/meta-data/local-ipv4': '10.0.0.1',
  'latest/meta-data/public-ipv4': '203.0.113.1',
  'latest/meta-data/instance-type': 'm5.large',
  'latest/meta-data/public-keys/': '0=mine\n1=yours',
  'latest/meta-data/public-keys/0/openssh-key': 'ssh-rsa AAA mine\n',
  'latest/meta-data/public-keys/1/openssh-key': 'ssh-rsa BBB yours\n',
  'latest/user-data': USER_DATA,
};
const EC2_RESULT = {
  metadata: {
    instanceId: 'i-1',
    hostname: 'ip-10-0-0-1.internal',
    sshKeys: { '000 key': 'ssh-rsa AAA mine', '001 key': 'ssh-rsa BBB yours' },
    privateIpv4: '10.0.0.1',
    publicIpv4: '203.0.113.1',
    rootDisk: '/dev/nvme0n1',
  },
  userData: USER_DATA,
  network: undefined,
};

test('ec2: version 2 with a token, and version 1 without', async () => {
  const version2 = server({ ...EC2, 'PUT latest/api/token': 'TOKEN' }, ['X-aws-ec2-metadata-token', 'TOKEN']);
  assert.deepEqual(await fetchFrom('ec2', version2), EC2_RESULT);
  assert.deepEqual(await fetchFrom('ec2:http://somewhere', server(EC2)), EC2_RESULT);
  assert.deepEqual(await fetchFrom('ec2', server({})), {
    metadata: undefined,
    userData: undefined,
    network: undefined,
  });
});

test('exoscale, aliyun and cloudstack: the same below other folders', async () => {
  for (const [word, folder] of [
    ['exoscale', '1.0'],
    ['aliyun', '2016-01-01'],
    ['cloudstack', 'latest'],
  ] as const) {
    const { metadata, userData } = await fetchFrom(
      word,
      server({
        [`${folder}/meta-data/`]: 'x',
        [`${folder}/meta-data/local-hostname`]: 'box',
        [`${folder}/meta-data/public-keys`]: 'ssh-rsa AAA mine',
        [`${folder}/user-data`]: USER_DATA,
      }),
    );
    assert.deepEqual(
      [metadata, userData],
      [{ hostname: 'box', sshKeys: { '000 key': 'ssh-rsa AAA mine' } }, USER_DATA],
    );
  }
});

test('digitalocean', async () => {
  const document = {
    droplet_id: 2756294,
    hostname: 'sample',
    user_data: USER_DATA,
    public_keys: ['ssh-rsa AAA me'],
    interfaces: {
      public: [
        {
          mac: '52:54:00:00:00:0A',
          ipv4: { ip_address: '203.0.113.2', netmask: '255.255.255.0', gateway: '203.0.113.1' },
          ipv6: { ip_address: '2001:db8::2', cidr: 64, gateway: '2001:db8::1' },
          anchor_ipv4: { ip_address: '10.17.0.5', netmask: '255.255.0.0', gateway: '10.17.0.1' },
        },
      ],
      private: [
        {
          mac: '52:54:00:00:00:0b',
          ipv4: { ip_address: '10.132.0.2', netmask: '255.255.240.0', gateway: '10.132.0.1' },
        },
      ],
    },
    dns: { nameservers: ['203.0.113.53'] },
  };
  const { metadata, userData, network } = await fetchFrom(
    'digitalocean',
    server({ 'metadata/v1.json': document }),
  );
  assert.deepEqual(metadata, {
    instanceId: '2756294',
    hostname: 'sample',
    sshKeys: { '000 key': 'ssh-rsa AAA me' },
    publicIpv4: '203.0.113.2',
    privateIpv4: '10.132.0.2',
    publicIpv6: '2001:db8::2',
  });
  assert.deepEqual(network, {
    interfaces: {
      'mac=52:54:00:00:00:0a': {
        dhcp: false,
        address: '203.0.113.2/24',
        addresses: ['203.0.113.2/24', '2001:db8::2/64', '10.17.0.5/16'],
        gateway: '203.0.113.1',
        gateway_ipv6: '2001:db8::1',
      },
      'mac=52:54:00:00:00:0b': { dhcp: false, address: '10.132.0.2/20' },
    },
    dns: { nameservers: ['203.0.113.53'] },
  });
  assert.equal(userData, USER_DATA.trim());
});

test('hetzner: YAML with a network configuration', async () => {
  const document =
    'hostname: box\ninstance-id: 42\npublic-ipv4: 203.0.113.3\npublic-keys:\n- ssh-ed25519 AAA me\n' +
    'network-config:\n  version: 1\n  config:\n  - { type: physical, name: eth0, subnets: [{ type: dhcp }] }\n';
  const { metadata, userData, network } = await fetchFrom(
    'hetzner',
    server({ 'hetzner/v1/metadata': document, 'hetzner/v1/userdata': USER_DATA }),
  );
  assert.equal(metadata?.instanceId, '42');
  assert.equal(userData, USER_DATA);
  assert.deepEqual(network, { interfaces: { eth0: { dhcp: true } } });
});

test('vultr', async () => {
  const document = {
    'instance-v2-id': 'v-1',
    hostname: 'box',
    'public-keys': 'ssh-rsa AAA me',
    interfaces: [
      {
        mac: '52:54:00:00:00:0a',
        'network-type': 'public',
        ipv4: {
          address: '203.0.113.4',
          additional: [{ address: '203.0.113.5', netmask: '255.255.255.255' }],
        },
      },
      {
        mac: '52:54:00:00:00:0b',
        'network-type': 'private',
        ipv4: { address: '10.1.96.4', netmask: '255.255.240.0' },
      },
    ],
  };
  const { metadata, network } = await fetchFrom('vultr', server({ 'v1.json': document }));
  assert.deepEqual(metadata, {
    instanceId: 'v-1',
    hostname: 'box',
    sshKeys: { '000 key': 'ssh-rsa AAA me' },
    publicIpv4: '203.0.113.4',
  });
  assert.deepEqual(network, {
    interfaces: {
      'mac=52:54:00:00:00:0a': { dhcp: true, address: '203.0.113.5/32' },
      'mac=52:54:00:00:00:0b': { dhcp: false, address: '10.1.96.4/20' },
    },
  });
});

test('gce: keys of the instance and, unless it is blocked, of the project', async () => {
  const answers = (blocked: string) => ({
    'computeMetadata/v1/instance/?recursive=true': {
      id: 7,
      hostname: 'box.internal',
      attributes: {
        'ssh-keys': 'me:ssh-rsa AAA me',
        'startup-script': '#!/bin/sh',
        'block-project-ssh-keys': blocked,
      },
      networkInterfaces: [{ ip: '10.0.0.7', accessConfigs: [{ externalIp: '203.0.113.7' }] }],
    },
    'computeMetadata/v1/project/attributes/?recursive=true': { 'ssh-keys': 'you:ssh-rsa BBB you' },
  });
  const needs = ['Metadata-Flavor', 'Google'] as const;
  const { metadata, userData } = await fetchFrom('gce', server(answers('FALSE'), needs));
  assert.deepEqual(metadata?.sshKeys, { '000 key': 'ssh-rsa AAA me', '001 key': 'ssh-rsa BBB you' });
  assert.equal(userData, '#!/bin/sh');
  const blocked = await fetchFrom('gce', server(answers('TRUE'), needs));
  assert.deepEqual(blocked.metadata?.sshKeys, { '000 key': 'ssh-rsa AAA me' });
});

test('azure: user data are base64', async () => {
  const { metadata, userData } = await fetchFrom(
    'azure',
    server(
      {
        'metadata/instance?api-version=2021-02-01&format=json': {
          compute: {
            name: 'box',
            vmId: 'vm-1',
            publicKeys: [{ keyData: 'ssh-rsa AAA me', path: '/home/me' }],
          },
          network: {
            interface: [
              { ipv4: { ipAddress: [{ privateIpAddress: '10.0.0.8', publicIpAddress: '203.0.113.8' }] } },
            ],
          },
        },
        'metadata/instance/compute/userData?api-version=2021-02-01&format=text': btoa(USER_DATA),
      },
      ['Metadata', 'true'],
    ),
  );
  assert.deepEqual(metadata, {
    instanceId: 'vm-1',
    hostname: 'box',
    sshKeys: { '000 key': 'ssh-rsa AAA me' },
    publicIpv4: '203.0.113.8',
    privateIpv4: '10.0.0.8',
  });
  assert.equal(userData, USER_DATA);
});

test('packet', async () => {
  const document = {
    id: 'p-1',
    hostname: 'box',
    ssh_keys: ['ssh-rsa AAA me'],
    network: {
      addresses: [
        { address: '203.0.113.9', public: true, address_family: 4, cidr: 31, gateway: '203.0.113.8' },
        { address: '10.0.0.9', public: false, address_family: 4, cidr: 31, gateway: '10.0.0.8' },
      ],
      bonding: { mode: 4 },
      interfaces: [
        { name: 'eth0', mac: '52:54:00:00:00:0a', bond: 'bond0' },
        { name: 'eth1', mac: '52:54:00:00:00:0b', bond: 'bond0' },
      ],
    },
  };
  const { metadata, network } = await fetchFrom('packet', server({ metadata: document }));
  assert.deepEqual([metadata?.publicIpv4, metadata?.privateIpv4], ['203.0.113.9', '10.0.0.9']);
  assert.deepEqual(network, {
    interfaces: {
      bond0: {
        dhcp: false,
        address: '203.0.113.9/31',
        addresses: ['203.0.113.9/31', '10.0.0.9/31'],
        gateway: '203.0.113.8',
        routes: [{ to: '10.0.0.0/8', via: '10.0.0.8' }],
        bond_opts: {
          mode: '4',
          lacp_rate: '1',
          miimon: '100',
          downdelay: '200',
          updelay: '200',
          xmit_hash_policy: 'layer3+4',
        },
      },
      'mac=52:54:00:00:00:0a': { bond: 'bond0' },
      'mac=52:54:00:00:00:0b': { bond: 'bond0' },
    },
  });
});

test('openstack and nocloud by HTTP', async () => {
  const openstack = await fetchFrom(
    'openstack',
    server({
      'openstack/latest/meta_data.json': { uuid: 'u-1', hostname: 'box' },
      'openstack/latest/user_data': USER_DATA,
    }),
  );
  assert.deepEqual(
    [openstack.metadata, openstack.userData],
    [{ instanceId: 'u-1', hostname: 'box' }, USER_DATA],
  );
  const seed = await fetchFrom('nocloud:http://server/seed', server({ 'seed/user-data': USER_DATA }));
  assert.equal(seed.userData, USER_DATA);
});

test('which datasources there are', () => {
  const names = (words: readonly string[], facts = nowhere) =>
    networkDatasources(words, facts).datasources.map(({ name }) => name);
  assert.deepEqual(names(['configdrive:/media/config-2', 'nocloud', 'detect']), []);
  assert.deepEqual(names(['detect'], { ...nowhere, firmware: 'Amazon EC2 m5.large' }), ['ec2']);
  assert.deepEqual(names(['*'], { ...nowhere, firmware: 'Hetzner vServer' }), ['hetzner']);
  const serial = 'ds=nocloud;s=http://192.0.2.1/seed/';
  assert.deepEqual(names(['configdrive', 'nocloud'], { ...nowhere, serial }), [
    'nocloud:http://192.0.2.1/seed/',
  ]);
  assert.deepEqual(names(['configdrive'], { ...nowhere, serial }), []);
  assert.deepEqual(names(['cmdline'], { ...nowhere, kernelWords: 'quiet cloud-config-url=http://a/b x' }), [
    'cmdline:http://a/b',
  ]);
  assert.deepEqual(names(['cmdline', 'url:https://a/b', 'ec2']), ['url:https://a/b', 'ec2']);
  assert.deepEqual(names(['tftp:host/path']), ['tftp:host/path']);
  assert.deepEqual(networkDatasources(['vmware'], nowhere).problems, [
    'rancher.cloud_init.datasources: vmware: no such datasource; ignored',
  ]);
});
