/** Addresses and bridges of networks beside what else is on the machine: its own networks, and another engine's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';

describe('bridges and pools', () => {
  const engine = useEngine({ cutsPower: true });
  const docker = (...words: string[]) => engine().output(...words);
  const inMachine = (script: string) => engine().inMachine(script);
  const subnetOf = (name: string) =>
    docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', name);
  const interfaces = () => inMachine('ls /sys/class/net | grep -v -e ^lo$ -e ^eth0$ || true');

  it('keep clear of addresses and routes of the machine', async () => {
    await inMachine(`
      busybox ip link add lan type bridge && busybox ip link set lan up
      busybox ip address add 172.17.4.1/24 dev lan
      busybox ip route add 172.19.128.0/17 dev lan`);
    await docker('network', 'create', 'first');
    await docker('network', 'create', 'second');
    assert.equal(await subnetOf('first'), '172.20.0.0/16', 'the default bridge has 172.18.0.0/16');
    assert.equal(await subnetOf('second'), '172.21.0.0/16');
    await inMachine('busybox ip link delete lan');
  });

  it('are there as soon as the network is, for others to see, and after a boot', async () => {
    const bridges = (await docker('network', 'ls', '--quiet', '--filter', 'type=custom'))
      .split('\n')
      .map((id) => `br-${id}`)
      .sort();
    assert.deepEqual((await interfaces()).split('\n'), bridges);
    assert.match(await inMachine('busybox ip route'), /^172\.20\.0\.0\/16 dev br-/m);
    await engine().cutPower();
    await engine().switchOn();
    assert.deepEqual((await interfaces()).split('\n'), bridges);
    await docker('network', 'rm', 'first', 'second');
    assert.equal(await interfaces(), '');
  });

  it('that the administrator has made are used, and stay', async () => {
    await inMachine(
      'busybox ip link add stable type bridge && busybox ip address add 10.9.9.1/24 dev stable',
    );
    const options = ['--subnet', '10.9.0.0/24', '--opt', 'com.docker.network.bridge.name=stable'];
    await docker('network', 'create', ...options, 'horses');
    const words = ['--rm', '--network', 'horses', 'busybox', 'ping', '-c1', '-W2', '10.9.0.1'];
    await docker('run', ...words);
    await docker('network', 'rm', 'horses');
    assert.match(await inMachine('busybox ip -4 address show stable'), /inet 10\.9\.9\.1\/24/);
    await inMachine('busybox ip link delete stable');
  });

  it('belong to one network, and are bridges', async () => {
    const create = async (name: string, bridge: string) => {
      const option = `com.docker.network.bridge.name=${bridge}`;
      const { status, stderr } = await engine().docker(['network', 'create', '--opt', option, name]);
      return status === 0 ? 'made' : stderr.trim();
    };
    assert.equal(await create('one', 'shared0'), 'made');
    assert.match(
      await create('two', 'shared0'),
      /cannot create network [0-9a-f]{64} \(shared0\): conflicts with network [0-9a-f]{64} \(shared0\): networks have same bridge name$/,
    );
    await inMachine('busybox ip link add cable0 type veth');
    assert.match(await create('three', 'cable0'), /interface cable0 exists and is no bridge$/);
    await inMachine('busybox ip link delete cable0');
    assert.equal(
      await docker('network', 'ls', '--quiet', '--filter', 'type=custom', '--format', '{{.Name}}'),
      'one',
    );
    await docker('network', 'rm', 'one');
  });
});
