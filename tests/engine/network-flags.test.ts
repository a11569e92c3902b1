/** Flags of the daemon about networks: the default bridge, pools of addresses, name servers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';
import { systemImage } from './root-tree.ts';
import { namespacesOnly } from './virtual.ts';

describe('flags of the daemon about networks', { skip: namespacesOnly('flags') }, () => {
  const engine = useEngine({
    daemonArguments: [
      ...['--bridge', 'barn0', '--bip', '10.7.0.1/16', '--fixed-cidr', '10.7.3.0/24', '--mtu', '1300'],
      ...['--default-address-pool', 'base=10.20.0.0/16,size=24'],
      ...['--dns', '192.0.2.1', '--dns-search', 'farm.example', '--dns-opt', 'timeout:1'],
    ],
  });
  const docker = (...words: string[]) => engine().output(...words);
  const run = (...words: string[]) => docker('run', '--rm', ...words);

  it('--bridge, --bip, --fixed-cidr and --mtu are those of the default bridge', async () => {
    const script = 'ip -4 -o address show eth0; ip route; ip link show eth0';
    const text = await run('busybox', 'sh', '-c', script);
    assert.match(text, / inet 10\.7\.3\.0\/16 /);
    assert.match(text, /^default via 10\.7\.0\.1 /m);
    assert.match(text, / mtu 1300 /);
    const [bridge] = JSON.parse(await docker('network', 'inspect', 'bridge')) as [
      { IPAM: { Config: unknown }; Options: Record<string, string> },
    ];
    assert.deepEqual(bridge.IPAM.Config, [
      { Subnet: '10.7.0.0/16', IPRange: '10.7.3.0/24', Gateway: '10.7.0.1' },
    ]);
    assert.equal(bridge.Options['com.docker.network.bridge.name'], 'barn0');
  });

  it('--default-address-pool is where further networks get theirs', async () => {
    const names = ['one', 'two'];
    for (const name of names) await docker('network', 'create', name);
    const subnets = await docker(
      'network',
      'inspect',
      '--format',
      '{{(index .IPAM.Config 0).Subnet}}',
      ...names,
    );
    assert.equal(subnets, '10.20.0.0/24\n10.20.1.0/24');
    await docker('network', 'rm', ...names);
  });

  it('--dns and its like hold for containers that say nothing', async () => {
    const file = ['busybox', 'cat', '/etc/resolv.conf'];
    assert.equal(await run(...file), 'nameserver 192.0.2.1\nsearch farm.example\noptions timeout:1');
    assert.equal(
      await run('--dns', '192.0.2.2', '--dns-search', '.', ...file),
      'nameserver 192.0.2.2\noptions timeout:1',
    );
  });

  it('that cannot be are named', async () => {
    const start = async (...flags: string[]) => {
      const { status, stderr } = await engine().machine.run(
        `system-docker daemon --root /run/other --host unix:///run/other.sock ${flags.join(' ')}`,
      );
      assert.notEqual(status, 0);
      return stderr;
    };
    assert.match(await start('--bip', '10.0.0.0.1'), /--bip: expected an address such as 172\.18\.42\.1\/16/);
    assert.match(
      await start('--fixed-cidr', '10.0.0.0/24'),
      /--fixed-cidr: expected a part of 172\.18\.0\.0\/16/,
    );
    assert.match(
      await start('--default-address-pool', 'x'),
      /--default-address-pool: expected something such as/,
    );
  });
});

describe('a second engine on the same network', () => {
  const engine = useEngine();

  it('has rules of its own, and the addresses of a bridge that is there already', async () => {
    await engine().output('run', '--detach', '--name', 'one', 'busybox', 'sleep', '1000');
    await engine().inMachine(`
      busybox ip link add stable type bridge && busybox ip address add 10.9.9.1/24 dev stable
      mkdir /run/other && cd /run/other
      (system-docker daemon --bridge stable --root /run/other/root --exec-root /run/other/exec \\
        --host unix:///run/other/socket --system-images /usr/share/paddock >log 2>&1 & echo $! >pid)
      until grep -q listens log; do sleep 0.1; done`);
    const words = `run --rm ${systemImage} ip -4 -o address show eth0`;
    const address = await engine().inMachine(`system-docker --host unix:///run/other/socket ${words}`);
    assert.match(address, / inet 10\.9\.9\.2\/24 /);
    assert.equal(await engine().packetFilter('tables'), 'table inet paddock-system-docker');
    await engine().output('exec', 'one', 'ping', '-c1', '-W2', '172.18.42.1');
    await engine().inMachine(`
      kill $(cat /run/other/pid); while kill -0 $(cat /run/other/pid) 2>/dev/null; do sleep 0.1; done
      busybox ip link delete stable; rm -r /run/other`);
    await engine().output('rm', '--force', 'one');
  });
});
