/** A machine with several network cards: one cloud-config makes bonds, VLANs and bridges, and takes them back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../engine/eventually.ts';
import { outputOf } from './process.ts';
import { useVm } from './vm.ts';

const CONFIG = `
rancher:
  network:
    dns: { nameservers: [10.0.9.3], search: [farm.example] }
    interfaces:
      eth0: { dhcp: true }
      eth1: { bond: bond0 }
      eth2: { bond: bond0 }
      bond0:
        bond_opts: { mode: active-backup, miimon: "100" }
        address: 10.5.0.2/24
        addresses: ["fd05::2/64"]
        gateway_ipv6: fd05::1
        vlans: "100:office,200"
      office: { bridge: br0, mtu: 1400 }
      br0: { bridge: "true", address: 10.6.0.2/24, post_up: ["echo $iface >>/run/post-up"] }
      bond0.200: { address: 10.7.0.2/24 }
      "mac=MAC": { dhcp: true, routes: [{ to: 10.99.0.0/16, via: 10.0.9.2 }] }
`;

describe('interfaces', () => {
  const vm = useVm({ networks: ['10.0.7.0/24', '10.0.8.0/24', '10.0.9.0/24'] });
  const run = async (command: string) => outputOf(await vm().ssh(command));
  const addresses = async (link: string) =>
    (await run(`ip -o address show dev ${link} scope global`))
      .split('\n')
      .flatMap((line) => / inet6? (\S+)/.exec(line)?.[1] ?? [])
      .sort();
  const names = async () => (await run('ls /sys/class/net')).split(/\s+/);
  const configure = async (text: string) => {
    await run(`sudo tee /var/lib/rancher/conf/cloud-config.yml >/dev/null <<'EOF'\n${text}EOF`);
    return await run('sudo netconf apply');
  };
  let indexes: string;

  it('become what one file says', async () => {
    const mac = await run('cat /sys/class/net/eth3/address');
    await run('sudo mkdir -p -m 700 /var/lib/rancher/conf');
    await configure(CONFIG.replace('MAC', mac));
    assert.deepEqual(await addresses('bond0'), ['10.5.0.2/24', 'fd05::2/64']);
    assert.deepEqual(await addresses('br0'), ['10.6.0.2/24']);
    assert.deepEqual(await addresses('bond0.200'), ['10.7.0.2/24']);
    assert.deepEqual([await addresses('eth1'), await addresses('office')], [[], []]);
    await eventually('eth3 has its address by DHCP', async () =>
      (await addresses('eth3')).includes('10.0.9.15/24'),
    );
    assert.equal(await run('cat /sys/class/net/bond0/bonding/mode'), 'active-backup 1');
    assert.equal(await run('cat /sys/class/net/bond0/bonding/miimon'), '100');
    assert.deepEqual((await run('cat /sys/class/net/bond0/bonding/slaves')).split(' ').sort(), [
      'eth1',
      'eth2',
    ]);
    assert.match(await run('sudo cat /proc/net/vlan/office'), /VID: 100/);
    assert.equal(await run('ls /sys/class/net/br0/brif'), 'office');
    assert.equal(await run('cat /sys/class/net/office/mtu'), '1400');
    assert.match(await run('ip route'), /^10\.99\.0\.0\/16 via 10\.0\.9\.2 dev eth3/m);
    assert.match(await run('ip -6 route'), /^default via fd05::1 dev bond0/m);
    assert.equal(await run('cat /run/post-up'), 'br0');
    assert.equal(await run('cat /etc/resolv.conf'), 'search farm.example\nnameserver 10.0.9.3');
    indexes = await run('grep . /sys/class/net/*/ifindex');
  });

  it('stay as they are when it is applied again, and when the service restarts', async () => {
    assert.equal(await run('sudo netconf plan'), '');
    assert.equal(await run('sudo netconf apply'), '');
    const began = "sudo system-docker inspect --format '{{.State.StartedAt}}' network";
    const before = await run(began);
    // A connection may not live through it: the address goes, and comes back.
    await run('sudo setsid system-docker restart network </dev/null >/dev/null 2>&1 &');
    await eventually('the service is ready again', async () => {
      const asking = vm().ssh(`test -e /run/netconf/ready && ${began}`, { seconds: 20 });
      const answer = await asking.catch(() => undefined);
      return answer?.status === 0 && answer.stdout.trim() !== before;
    });
    assert.equal(await run('sudo netconf plan'), '');
    assert.equal(await run('grep . /sys/class/net/*/ifindex'), indexes);
    assert.equal(await run('cat /run/post-up'), 'br0');
    await eventually('DHCP goes on', async () => (await addresses('eth3')).includes('10.0.9.15/24'));
  });

  it('are what they were when the file is gone, but for what somebody else made', async () => {
    await run('sudo ip address add 10.55.0.1/24 dev eth1; sudo ip link add mine type bridge');
    await configure(
      'rancher: { network: { interfaces: { eth0: { dhcp: true }, eth3: { address: 10.0.9.7/24 } } } }\n',
    );
    assert.deepEqual(
      (await names()).filter((name) => !/^(docker-sys|veth)/.test(name)),
      ['bonding_masters', 'eth0', 'eth1', 'eth2', 'eth3', 'lo', 'mine'],
    );
    assert.deepEqual(await addresses('eth1'), ['10.55.0.1/24']);
    assert.deepEqual(await addresses('eth3'), ['10.0.9.7/24']);
    assert.doesNotMatch(await run('ip route; ip -6 route'), /10\.99\.|fd05/);
    assert.equal(await run('sudo netconf plan'), '');
    assert.deepEqual(await addresses('eth0'), ['10.0.2.15/24', ...(await addresses('eth0')).slice(1)]);
    assert.match(await run('cat /etc/resolv.conf'), /^nameserver 10\.0\.2\.3$/m);
  });
});
