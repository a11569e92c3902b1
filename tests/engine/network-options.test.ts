/** What `docker network create` and `docker run` may ask of a network: ranges, ways out, sizes of packets, addresses. */
import assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';

describe('options of networks', () => {
  const engine = useEngine();
  const docker = (...words: string[]) => engine().output(...words);
  const refusal = async (...words: string[]) => {
    const { status, stderr } = await engine().docker(words);
    assert.notEqual(status, 0);
    return stderr.trim();
  };
  const network = (name: string, ...words: string[]) => docker('network', 'create', ...words, name);
  const run = (name: string, ...words: string[]) =>
    docker('run', '--detach', '--name', name, ...words, 'busybox', 'sleep', '1000');
  const once = (...words: string[]) => docker('run', '--rm', ...words);
  const addressOf = (name: string, on: string) =>
    engine().inspect(name, `{{(index .NetworkSettings.Networks "${on}").IPAddress}}`);
  const pings = async (from: string, address: string) =>
    (await engine().docker(['exec', from, 'ping', '-c1', '-W1', address])).status === 0;

  before(async () => {
    // Somebody outside, whom the machine reaches and who knows the way back to it only.
    await engine().inMachine(`
      busybox ip link add outside type bridge
      busybox ip address add 198.51.100.1/24 dev outside && busybox ip link set outside up`);
  });

  afterEach(() => engine().docker(['rm', '--force', 'one', 'two', 'other']));

  it('--internal: neighbours and the machine only, and no published ports', async () => {
    await network('inside', '--internal', '--subnet', '10.1.0.0/24');
    await run('one', '--network', 'inside', '--publish', '8080:80');
    await run('two', '--network', 'inside');
    assert.equal(await docker('exec', 'one', 'ip', 'route'), '10.1.0.0/24 dev eth0 scope link  src 10.1.0.2');
    assert.ok(await pings('one', await addressOf('two', 'inside')));
    assert.ok(await pings('one', '10.1.0.1'));
    assert.ok(!(await pings('one', '198.51.100.1')));
    await docker('exec', '--privileged', 'one', 'ip', 'route', 'add', 'default', 'via', '10.1.0.1');
    await run('other');
    assert.ok(!(await pings('one', await addressOf('other', 'bridge'))), 'whatever routes it makes');
    assert.ok(!(await pings('other', await addressOf('one', 'inside'))));
    assert.equal(await docker('port', 'one'), '');
  });

  it('enable_icc=false: containers do not reach each other', async () => {
    await network('apart', '--opt', 'com.docker.network.bridge.enable_icc=false', '--subnet', '10.2.0.0/24');
    await run('one', '--network', 'apart');
    await run('two', '--network', 'apart');
    assert.ok(!(await pings('two', await addressOf('one', 'apart'))));
    assert.ok(await pings('two', '10.2.0.1'));
    assert.ok(await pings('two', '198.51.100.1'));
  });

  it('--ip-range and --aux-address: what containers get of a subnet', async () => {
    await network(
      'narrow',
      ...['--subnet', '10.3.0.0/24', '--ip-range', '10.3.0.64/30', '--gateway', '10.3.0.65'],
      ...['--aux-address', 'printer=10.3.0.66'],
    );
    await run('one', '--network', 'narrow');
    await run('two', '--network', 'narrow');
    assert.equal(await addressOf('one', 'narrow'), '10.3.0.64');
    assert.equal(await addressOf('two', 'narrow'), '10.3.0.67');
    assert.ok(await pings('one', '10.3.0.67'));
    assert.match(
      await refusal('run', '--rm', '--network', 'narrow', 'busybox', 'true'),
      /no available IPv4 addresses on this network's address pools: narrow \([0-9a-f]{64}\)\.?$/m,
    );
    await once('--network', 'narrow', '--ip', '10.3.0.200', 'busybox', 'true');
    assert.match(
      await refusal('run', '--rm', '--network', 'narrow', '--ip', '10.3.0.66', 'busybox', 'true'),
      /Address already in use/,
    );
    const [{ IPAM }] = JSON.parse(await docker('network', 'inspect', 'narrow')) as [{ IPAM: unknown }];
    assert.deepEqual(IPAM, {
      Driver: 'default',
      Options: {},
      Config: [
        {
          Subnet: '10.3.0.0/24',
          IPRange: '10.3.0.64/30',
          Gateway: '10.3.0.65',
          AuxiliaryAddresses: { printer: '10.3.0.66' },
        },
      ],
    });
  });

  it('the MTU holds at both ends of the cable and on the bridge', async () => {
    await network(
      'small',
      ...['--opt', 'com.docker.network.driver.mtu=1400', '--opt', 'com.docker.network.bridge.name=small0'],
    );
    await run('one', '--network', 'small');
    assert.match(await docker('exec', 'one', 'ip', 'link', 'show', 'eth0'), / mtu 1400 /);
    const links = await engine().inMachine('cat /sys/class/net/veth*/mtu /sys/class/net/small0/mtu');
    assert.equal(links, '1400\n1400');
  });

  it('--mac-address is that of the interface', async () => {
    const mac = '02:42:ac:0a:0b:0c';
    await run('one', '--mac-address', mac);
    assert.match(await docker('exec', 'one', 'ip', 'link', 'show', 'eth0'), new RegExp(`link/ether ${mac} `));
    assert.equal(await engine().inspect('one', '{{.NetworkSettings.Networks.bridge.MacAddress}}'), mac);
    assert.match(await refusal('run', '--mac-address', '02:42', 'busybox', 'true'), /invalid MAC|02:42/);
  });

  it('one create request names several networks', async () => {
    await network('left', '--subnet', '10.4.0.0/24');
    await network('right', '--subnet', '10.5.0.0/24');
    const { status } = await engine().request('POST', '/v1.51/containers/create?name=one', {
      body: {
        Image: 'busybox',
        Cmd: ['sleep', '1000'],
        HostConfig: { NetworkMode: 'left' },
        NetworkingConfig: {
          EndpointsConfig: {
            left: { IPAMConfig: { IPv4Address: '10.4.0.40' }, Aliases: ['west'] },
            right: { IPAMConfig: { IPv4Address: '10.5.0.50' }, Aliases: ['east'], GwPriority: 1 },
          },
        },
      },
    });
    assert.equal(status, 201);
    await docker('start', 'one');
    await run('two', '--network', 'name=left', '--network', 'name=right,ip=10.5.0.51,alias=twin');
    assert.equal(await addressOf('one', 'left'), '10.4.0.40');
    assert.equal(await addressOf('two', 'right'), '10.5.0.51');
    assert.match(await docker('exec', 'one', 'ip', 'route'), /^default via 10\.5\.0\.1 /);
    assert.match(await docker('exec', 'two', 'ip', 'route'), /^default via 10\.4\.0\.1 /);
    for (const name of ['west', 'east']) assert.ok(await pings('two', name), name);
    assert.ok(await pings('one', 'twin'));
  });

  it('what cannot be is refused', async () => {
    const create = (...words: string[]) => refusal('network', 'create', ...words, 'wrong');
    assert.match(await create('--subnet', '10.6.0.1/24'), /it should be 10\.6\.0\.0\/24/);
    assert.match(await create('--subnet', '10.6.0.0'), /invalid CIDR/);
    assert.match(
      await create('--subnet', '10.6.0.0/24', '--ip-range', '10.6.0.9/29'),
      /invalid ip-range 10\.6\.0\.9\/29: it should be 10\.6\.0\.8\/29/,
    );
    assert.match(await create('--opt', 'com.docker.network.driver.mtu=large'), /mtu/i);
    assert.doesNotMatch(await docker('network', 'ls', '--format', '{{.Name}}'), /wrong/);
    await engine().inMachine('busybox ip link delete outside');
  });
});
