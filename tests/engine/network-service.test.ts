/** The network service in a network of its own, with a DHCP server at the other end of its cables. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { buildImageArchive } from '../../builder/artifacts.ts';
import { run as execute } from '../../builder/exec.ts';
import { unpackedPackages } from '../system/debian-packages.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';
import { runsInVm } from './virtual.ts';

const CONF = '/var/lib/rancher/conf/cloud-config.yml';

/** Writes an archive with Debian's dnsmasq and what it needs into a directory. Returns its path. */
async function archiveDnsmasq(directory: string): Promise<string> {
  const root = await unpackedPackages(
    ...(['dnsmasq-base', 'libdbus-1-3', 'libsystemd0', 'libcap2', 'libnetfilter-conntrack3'] as const),
    ...(['libnfnetlink0', 'libmnl0', 'libnftables1', 'libnftnl11', 'libjansson4', 'libxtables12'] as const),
    ...(['libgmp10', 'libedit2', 'libbsd0', 'libmd0', 'libtinfo6', 'libnettle8t64'] as const),
    ...(['libhogweed6t64', 'libidn2-0', 'libunistring5', 'libc6'] as const),
  );
  const archive = join(directory, 'tree.tar');
  await writeFile(join(directory, 'passwd'), 'root:x:0:0::/:/bin/sh\n');
  await execute('tar', [
    ...['--create', '--file', archive, '--directory', root, 'usr'],
    ...['--transform', 's,^passwd,etc/passwd,', '--directory', directory, 'passwd'],
  ]);
  return archive;
}

describe('the network service', () => {
  const engine = useEngine();
  const run = (script: string) => engine().inMachine(script);
  /** In the network of the service, by the machine's own programs. */
  const inside = async (script: string) =>
    run(`nsenter --net=/proc/$(cat /run/holder)/ns/net sh -c '${script}'`);
  const addresses = async (link: string) =>
    (await inside(`ip -o address show dev ${link} scope global`))
      .split('\n')
      .flatMap((line) => / inet6? (\S+)/.exec(line)?.[1] ?? [])
      .sort();
  const configure = (network: string) =>
    run(`mkdir -p -m 700 $(dirname ${CONF}); cat >${CONF} <<'EOF'\nrancher: { network: ${network} }\nEOF`);
  const netconf = (verb: string) => engine().output('exec', 'network', 'netconf', verb);
  let image: string;

  before(async () => {
    const loaded = await engine().output('load', '--quiet', '--input', await buildImageArchive('os-network'));
    image = loaded.replace(/^Loaded image: /, '');
    // A container whose network is the one that the service sets up; the other ends of its cables are the machine's.
    await engine().output(
      'run',
      '--detach',
      '--name',
      'holder',
      '--network',
      'none',
      'busybox',
      'sleep',
      '100000',
    );
    const pid = await engine().inspect('holder', '{{.State.Pid}}');
    await run(`echo ${pid} >/run/holder; mkdir -p /run/netconf /run/leases; cp /etc/resolv.conf /etc/hosts /run/leases
      for number in 1 2 3; do
        ip link add far$number type veth; ip link set veth0 name eth$number
        ip link set eth$number netns ${pid}; ip link set far$number up; ip address add 10.8.$number.1/24 dev far$number
        printf "%s\n" "start 10.8.$number.50" "end 10.8.$number.50" "interface far$number" \
          "lease_file /run/leases/$number" "opt subnet 255.255.255.0" \
          "opt router 10.8.$number.1" "opt dns 10.8.$number.1" "opt domain barn.example" >/run/leases/conf$number
        : >/run/leases/$number
        udhcpd -f /run/leases/conf$number >/dev/null 2>&1 & echo $! >/run/leases/pid$number
      done`);
  });

  it('has addresses from the configuration and by DHCP, each interface its own', async () => {
    await configure(
      '{ interfaces: { "eth*": { dhcp: true }, eth2: { address: 10.8.2.9/24 }, eth3: { ipv4ll: true } } }',
    );
    const volumes = [
      '/usr/bin/paddock:/usr/bin/netconf:ro',
      '/var/lib/rancher:/var/lib/rancher',
      '/run/netconf:/run/netconf',
      '/run/leases/resolv.conf:/etc/resolv.conf',
      '/run/leases/hosts:/etc/hosts',
    ].flatMap((volume) => ['--volume', volume]);
    const options = ['--privileged', '--network', 'container:holder', '--stop-timeout', '20'];
    await engine().output('run', '--detach', '--name', 'network', ...options, ...volumes, image, 'netconf');
    await eventually('eth1 has the address of the server', async () =>
      (await addresses('eth1')).includes('10.8.1.50/24'),
    );
    assert.deepEqual(await addresses('eth2'), ['10.8.2.9/24']);
    assert.match(await inside('ip route'), /^default via 10\.8\.1\.1 dev eth1/m);
    assert.equal(await run('cat /run/leases/resolv.conf'), 'search barn.example\nnameserver 10.8.1.1');
    assert.equal(await run('ls /run/netconf/ready'), '/run/netconf/ready');
    await eventually('eth3 has a link-local address', async () =>
      / inet 169\.254\./.test(await inside('ip -o address show dev eth3')),
    );
  });

  it('changes what the configuration changes, and only that', async () => {
    await configure(`{
      dns: { nameservers: [9.9.9.9] },
      interfaces: {
        eth1: { dhcp: true },
        eth2: { dhcp: true, dhcp_args: "--ipv4only --nohook hostname" },
        eth3: { address: 10.8.3.9/24, post_up: ["echo $iface >>/run/netconf/up"] } } }`);
    const steps = (await netconf('apply')).split('\n');
    assert.deepEqual(steps, [
      'remove address 10.8.2.9/24 from eth2',
      'add address 10.8.3.9/24 to eth3',
      'run post_up of eth3',
    ]);
    await eventually('eth2 has an address by DHCP', async () =>
      (await addresses('eth2')).includes('10.8.2.50/24'),
    );
    assert.deepEqual(await addresses('eth1'), ['10.8.1.50/24']);
    assert.deepEqual(await addresses('eth3'), ['10.8.3.9/24']);
    assert.doesNotMatch(await inside('ip -o address show dev eth3'), /169\.254/);
    assert.equal(await run('cat /run/netconf/up'), 'eth3');
    assert.match(await run('cat /run/leases/resolv.conf'), /^nameserver 9\.9\.9\.9$/m);
    assert.equal(await netconf('plan'), '');
    assert.equal(await netconf('apply'), '');
    assert.equal(await run('cat /run/netconf/up'), 'eth3');
  });

  it('takes an interface out of DHCP without the others noticing', async () => {
    const manager = () => run("ps | awk '/dhcpcd: [[]manager/ { print $1 }'");
    await configure('{ interfaces: { eth1: { dhcp: true }, eth2: { dhcp: true }, eth3: { dhcp: true } } }');
    await netconf('apply');
    await eventually('all have their addresses', async () =>
      [await addresses('eth2'), await addresses('eth3')]
        .flat()
        .join(' ')
        .includes('10.8.2.50/24 10.8.3.50/24'),
    );
    const before = await manager();
    await inside('ip -o monitor address dev eth1 >/run/leases/changes & echo $! >/run/leases/monitor');
    await configure('{ interfaces: { eth1: { dhcp: true }, eth2: { dhcp: false }, eth3: { dhcp: true } } }');
    await netconf('apply');
    assert.deepEqual(await addresses('eth2'), []);
    assert.deepEqual(await addresses('eth3'), ['10.8.3.50/24']);
    assert.equal(await manager(), before);
    await inside('ip link set eth2 down; ip link set eth2 up; sleep 3');
    assert.deepEqual(await addresses('eth2'), []);
    assert.deepEqual(await addresses('eth1'), ['10.8.1.50/24']);
    assert.doesNotMatch(await run('kill $(cat /run/leases/monitor); cat /run/leases/changes'), /Deleted/);
  });

  it('has addresses, routes and name servers of IPv6, by DHCP and by what routers announce', async () => {
    await run('ip address add fd08:1::1/64 dev far1; ip address add fd08:2::1/64 dev far2');
    const directory = await mkdtemp(join(tmpdir(), 'paddock-dnsmasq-'));
    try {
      await engine().output('import', await archiveDnsmasq(directory), 'dnsmasq');
    } finally {
      await rm(directory, { recursive: true });
    }
    const settings = [
      ...[
        'no-daemon',
        'conf-file=/dev/null',
        'pid-file=',
        'user=root',
        'port=0',
        'leasefile-ro',
        'enable-ra',
      ],
      ...['interface=far1', 'interface=far2', 'bind-dynamic'],
      ...['dhcp-range=set:asked,fd08:1::100,fd08:1::1ff,64,1h', 'dhcp-range=fd08:2::,ra-only,64'],
      'dhcp-option=tag:asked,option6:dns-server,[fd08:1::53]',
      'dhcp-option=tag:asked,option6:domain-search,six.example',
      'dhcp-option=option6:dns-server,[fd08:2::53]',
    ].map((setting) => `--${setting}`);
    await engine().output(
      ...['run', '--detach', '--name', 'dnsmasq', '--privileged', '--network', 'host', 'dnsmasq'],
      ...['/usr/lib64/ld-linux-x86-64.so.2', '/usr/sbin/dnsmasq', ...settings],
    );
    await configure('{ interfaces: { eth1: { dhcp: true }, eth2: { dhcp: true } } }');
    await netconf('apply');
    await eventually('eth1 has an address by DHCP', async () =>
      (await addresses('eth1')).some((address) => /^fd08:1::1[0-9a-f]{2}\//.test(address)),
    );
    await eventually('eth2 has made itself one', async () =>
      (await addresses('eth2')).some((address) => /^fd08:2::[^/]*ff:fe[^/]*\/64$/.test(address)),
    );
    assert.match(await inside('ip -6 route'), /^default via fe80:\S+ dev eth[12]/m);
    // A resolver knows three servers; two of them are those of IPv4.
    await eventually('a name server and a domain of IPv6 are known', async () =>
      /^search .*six\.example[\s\S]*^nameserver fd08:[12]::53$/m.test(
        await run('cat /run/leases/resolv.conf'),
      ),
    );
    assert.equal(await netconf('plan'), '');
    await engine().output('rm', '--force', 'dnsmasq');
    await engine().output('rmi', 'dnsmasq');
  });

  it('gives an interface that comes later what is meant for it', async () => {
    await configure('{ interfaces: { eth1: { dhcp: true }, late: { address: 10.8.4.2/24 } } }');
    await netconf('apply');
    await inside('ip link add late type veth');
    await eventually('it has its address', async () =>
      (await addresses('late').catch((): string[] => [])).includes('10.8.4.2/24'),
    );
    await inside('ip link delete late');
  });

  it('does what it can when a part fails, and says what does not', async () => {
    await configure(
      '{ interfaces: { eth1: { dhcp: true, mtu: 60000, pre_up: ["exit 3"] }, eth3: { address: 10.8.3.8/24, mtu: 65535 } } }',
    );
    const { status, stderr } = await engine().docker(['exec', 'network', 'netconf', 'apply']);
    assert.equal(status, 1);
    assert.match(stderr, /run pre_up of eth1: "exit 3" ended with 3/);
    assert.deepEqual(await addresses('eth3'), ['10.8.3.8/24']);
  });

  it('gives back its lease when it ends, and keeps what is static', async () => {
    await engine().output('stop', 'network');
    assert.deepEqual(await addresses('eth1'), []);
    assert.deepEqual(await addresses('eth3'), ['10.8.3.8/24']);
  });

  it('leaves nothing', async () => {
    await engine().output('rm', '--force', 'network', 'holder');
    await run('kill $(cat /run/leases/pid1 /run/leases/pid2 /run/leases/pid3)');
    if (!runsInVm) await engine().output('rmi', image);
  });
});
