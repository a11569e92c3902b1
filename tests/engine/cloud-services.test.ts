/** The metadata services of clouds over real HTTP: each answers as its public documentation says, and is saved. */
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';
import { serveTftp } from './tftp-server.ts';
import { runsInVm } from './virtual.ts';

const CONF = '/var/lib/rancher/conf';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMq0RFpqTzEhLfNqzRkYQy6i1r1WVGQhyl2wVKAsnCj someone';
const USER_DATA = '#cloud-config\nrancher: {debug: true}\n';

interface Cloud {
  /** By path and query; a value that is no text is sent as JSON. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** A header without which it refuses every GET. */
  readonly needs?: readonly [name: string, value: string];
  /** What of the metadata it knows besides host name and key. */
  readonly publicIpv4?: string;
}

/** Amazon's tree of files, which others have below another folder. */
const tree = (folder: string) => ({
  [`/${folder}/meta-data/`]: 'hostname\npublic-ipv4\npublic-keys/',
  [`/${folder}/meta-data/hostname`]: 'box',
  [`/${folder}/meta-data/public-ipv4`]: '203.0.113.1',
  [`/${folder}/meta-data/public-keys/`]: '0=mine',
  [`/${folder}/meta-data/public-keys/0/openssh-key`]: KEY,
  [`/${folder}/user-data`]: USER_DATA,
});

const hetzner = {
  '/hetzner/v1/metadata': `hostname: box\npublic-ipv4: 203.0.113.5\npublic-keys: ["${KEY}"]\n`,
  '/hetzner/v1/userdata': USER_DATA,
};

const openstack = {
  '/openstack/latest/meta_data.json': { hostname: 'box', public_keys: { mine: KEY } },
  '/openstack/latest/user_data': USER_DATA,
};

const clouds: Readonly<Record<string, Cloud>> = {
  ec2: {
    answers: { ...tree('latest'), 'PUT /latest/api/token': 'a-token' },
    needs: ['x-aws-ec2-metadata-token', 'a-token'],
    publicIpv4: '203.0.113.1',
  },
  aliyun: { answers: tree('2016-01-01'), publicIpv4: '203.0.113.1' },
  cloudstack: { answers: tree('latest'), publicIpv4: '203.0.113.1' },
  exoscale: { answers: tree('1.0'), publicIpv4: '203.0.113.1' },
  azure: {
    answers: {
      '/instance?api-version=2021-02-01&format=json': {
        compute: { name: 'box', publicKeys: [{ keyData: KEY }] },
        network: { interface: [{ ipv4: { ipAddress: [{ publicIpAddress: '203.0.113.2' }] } }] },
      },
      '/instance/compute/userData?api-version=2021-02-01&format=text': btoa(USER_DATA),
    },
    needs: ['metadata', 'true'],
    publicIpv4: '203.0.113.2',
  },
  digitalocean: {
    answers: {
      '/metadata/v1.json': {
        hostname: 'box',
        public_keys: [KEY],
        user_data: USER_DATA,
        interfaces: { public: [{ ipv4: { ip_address: '203.0.113.3' } }] },
      },
    },
    publicIpv4: '203.0.113.3',
  },
  gce: {
    answers: {
      '/computeMetadata/v1/instance/?recursive=true': {
        hostname: 'box',
        attributes: { 'ssh-keys': `me:${KEY}`, 'user-data': USER_DATA },
        networkInterfaces: [{ accessConfigs: [{ externalIp: '203.0.113.4' }] }],
      },
    },
    needs: ['metadata-flavor', 'Google'],
    publicIpv4: '203.0.113.4',
  },
  hetzner: { answers: hetzner, publicIpv4: '203.0.113.5' },
  openstack: { answers: openstack },
  packet: {
    answers: {
      '/metadata': {
        hostname: 'box',
        ssh_keys: [KEY],
        network: { addresses: [{ address: '203.0.113.6', public: true, address_family: 4 }] },
      },
      '/userdata': USER_DATA,
    },
    publicIpv4: '203.0.113.6',
  },
  vultr: {
    answers: {
      '/v1.json': {
        hostname: 'box',
        'public-keys': KEY,
        interfaces: [{ ipv4: { address: '203.0.113.7' } }],
      },
      '/latest/user-data': USER_DATA,
    },
    publicIpv4: '203.0.113.7',
  },
  nocloud: {
    answers: { '/user-data': USER_DATA, '/meta-data': `local-hostname: box\npublic-keys: ["${KEY}"]\n` },
  },
};

describe('the metadata service of', () => {
  const engine = useEngine({ sharesNetwork: true });
  let port = 0;
  let cloud: Cloud = { answers: {} };
  const answer = (request: string, headers: IncomingHttpHeaders): unknown => {
    const [name, value] = cloud.needs ?? [];
    if (name !== undefined && !request.startsWith('PUT ') && headers[name] !== value) return undefined;
    return cloud.answers[request];
  };
  const server = createServer(({ method, url = '', headers }, response) => {
    const found = answer(method === 'GET' ? url : `${method} ${url}`, headers);
    response.statusCode = found === undefined ? 404 : 200;
    response.end(typeof found === 'string' ? found : JSON.stringify(found));
  });

  const save = async (datasources: readonly string[]) =>
    engine().machine.run(`
      mkdir -p /run/bin
      ln -sf /usr/bin/paddock /run/bin/cloud-init-save
      ln -sf /usr/bin/paddock /run/bin/ros
      echo 'rancher: {cloud_init: {datasources: ${JSON.stringify(datasources)}}}' >${CONF}/cloud-config.yml
      /run/bin/cloud-init-save`);

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  beforeEach(() => engine().inMachine(`rm -rf ${CONF}; mkdir -p -m 700 ${CONF}`));
  after(() => server.close());

  for (const [name, each] of Object.entries(clouds)) {
    it(name, async () => {
      cloud = each;
      const { status, stderr } = await save([`${name}:http://127.0.0.1:${port}/`]);
      assert.equal(status, 0, stderr);
      const metadata = await engine().inMachine(`cat ${CONF}/metadata`);
      assert.match(metadata, /^hostname: box$/m);
      assert.ok(metadata.includes(KEY), metadata);
      if (each.publicIpv4 !== undefined)
        assert.match(metadata, new RegExp(`^publicipv4: ${each.publicIpv4}$`, 'm'));
      assert.equal(await engine().inMachine('/run/bin/ros config get rancher.debug'), 'true');
    });
  }

  it('a cloud that knows nothing: an error, and nothing is saved', async () => {
    cloud = { answers: {} };
    const { status, stderr } = await save([`hetzner:http://127.0.0.1:${port}/`]);
    assert.equal(status, 1);
    assert.match(stderr, /no datasource .* has user data/);
    assert.equal(await engine().inMachine(`ls ${CONF}`), 'cloud-config.yml');
  });

  it('two clouds: the first of the list wins', async () => {
    cloud = {
      answers: {
        ...hetzner,
        ...openstack,
        '/openstack/latest/user_data': '#cloud-config\n{}\n',
      },
    };
    const base = `http://127.0.0.1:${port}/`;
    assert.equal((await save([`openstack:${base}`, `hetzner:${base}`])).status, 0);
    assert.notEqual(await engine().inMachine('/run/bin/ros config get rancher.debug'), 'true');
  });

  it('none, but a server of files by TFTP, whose packets are lost and come twice', async () => {
    const text = `${USER_DATA}${'# a long comment\n'.repeat(200)}`;
    // One whose last block is empty, too.
    const files = { 'seed/box': text, even: text.padEnd(4096, '#') };
    const entries = Object.entries(files).map(([path, content]) => [path, Buffer.from(content)] as const);
    // Datagrams to 127.0.0.1 do not leave a virtual machine.
    const host = runsInVm ? '10.0.2.2' : '127.0.0.1';
    const tftp = await serveTftp(Object.fromEntries(entries));
    try {
      for (const [path, content] of Object.entries(files)) {
        const { status, stderr } = await save([`tftp:${host}:${tftp.port}/${path}`]);
        assert.equal(status, 0, stderr);
        assert.equal(await engine().inMachine('/run/bin/ros config get rancher.debug'), 'true');
        const saved = await engine().inMachine(`cat ${CONF}/cloud-config.d/*`);
        assert.equal(saved.match(/# a long comment/g)?.length, content.match(/# a long comment/g)?.length);
        await engine().inMachine(`rm -rf ${CONF}; mkdir -p -m 700 ${CONF}`);
      }
      assert.equal((await save([`tftp:${host}:${tftp.port}/nothing`])).status, 1);
    } finally {
      tftp.close();
    }
  });
});
