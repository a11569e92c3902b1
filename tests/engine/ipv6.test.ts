/** Networks with IPv6: addresses, the way out, published ports. */
import assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

/** The machine's address, and that of somebody outside, who knows no way to containers. */
const [machine, outside] = ['2001:db8::1', '2001:db8::9'];

describe('networks with IPv6', () => {
  const engine = useEngine();
  const docker = (...words: string[]) => engine().output(...words);
  const run = (name: string, ...words: string[]) =>
    docker('run', '--detach', '--name', name, ...words, 'busybox', 'sleep', '1000');
  /** A container that answers every connection to its port 80 with its name. */
  const serve = (name: string, ...words: string[]) =>
    docker(
      ...['run', '--detach', '--name', name, '--network', 'six', ...words, 'busybox'],
      ...['nc', '-ll', '-p', '80', '-e', 'echo', name],
    );
  const pings = async (from: string, address: string) =>
    (await engine().docker(['exec', from, 'ping', '-6', '-c1', '-W1', address])).status === 0;
  const fetchFrom = (where: string, address: string, port: number) =>
    engine().inMachine(`${where} nc -w 2 ${address} ${port} </dev/null || echo refused`);
  const fromMachine = (address: string, port: number) => fetchFrom('', address, port);
  const fromOutside = (address: string, port: number) =>
    fetchFrom('busybox nsenter --net=/proc/$(cat /run/outside.pid)/ns/net', address, port);
  const fromContainer = (name: string, address: string, port: number) =>
    docker('exec', name, 'sh', '-c', `nc -w 2 ${address} ${port} </dev/null || echo refused`);
  const answers = (address: string, port: number, answer: string) =>
    eventually(`${address} answers ${answer}`, async () => (await fromMachine(address, port)) === answer);

  before(async () => {
    await engine().inMachine(`
      busybox unshare --net sleep 100000 >/dev/null 2>&1 &
      echo $! >/run/outside.pid
      until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
      busybox ip link add up0 type veth && busybox ip link set veth0 netns $(cat /run/outside.pid)
      echo 0 >/proc/sys/net/ipv6/conf/up0/accept_dad
      busybox ip address add ${machine}/64 dev up0 && busybox ip address add 198.51.100.1/24 dev up0
      busybox ip link set up0 up
      busybox nsenter --net=/proc/$(cat /run/outside.pid)/ns/net sh -c '
        echo 0 >/proc/sys/net/ipv6/conf/veth0/accept_dad
        busybox ip address add ${outside}/64 dev veth0 && busybox ip address add 198.51.100.9/24 dev veth0
        busybox ip link set veth0 up
        busybox ip -6 route add fd00::/8 via ${machine}'`);
  });
  afterEach(() => engine().docker(['rm', '--force', 'one', 'two', 'web']));

  it('get a prefix of their own if none is named', async () => {
    const acceptsRoutes = () => engine().inMachine('cat /proc/sys/net/ipv6/conf/up0/accept_ra');
    assert.equal(await acceptsRoutes(), '1');
    await docker('network', 'create', '--ipv6', 'six');
    assert.equal(await acceptsRoutes(), '2', 'although it forwards now');
    const [six] = JSON.parse(await docker('network', 'inspect', 'six')) as [
      { EnableIPv6: boolean; IPAM: { Config: { Subnet: string; Gateway: string }[] } },
    ];
    assert.equal(six.EnableIPv6, true);
    assert.match(six.IPAM.Config[1]?.Subnet ?? '', /^fd[0-9a-f:]+::\/64$/);
    await run('one', '--network', 'six');
    await run('two', '--network', 'six');
    const of = (name: string, what: string) =>
      engine().inspect(name, `{{.NetworkSettings.Networks.six.${what}}}`);
    assert.equal(await of('one', 'IPv6Gateway'), six.IPAM.Config[1]?.Gateway);
    assert.equal(await of('one', 'GlobalIPv6PrefixLen'), '64');
    const address = await of('two', 'GlobalIPv6Address');
    assert.match(
      await docker('exec', 'two', 'ip', '-6', 'address', 'show', 'eth0'),
      new RegExp(` ${address}/64 `),
    );
    assert.ok(await pings('one', address));
    assert.ok(await pings('one', 'two'));
    assert.match(
      await docker('exec', 'one', 'cat', '/etc/hosts'),
      new RegExp(`^${await of('one', 'GlobalIPv6Address')}\t`, 'm'),
    );
    assert.match(await docker('exec', 'one', 'ip', '-6', 'route'), /^default via fd[0-9a-f:]+::1 dev eth0/m);
  });

  it('lead outside, by the address of the machine', async () => {
    await run('one', '--network', 'six');
    assert.ok(await pings('one', outside));
    assert.equal(await docker('exec', 'one', 'cat', '/proc/sys/net/ipv6/conf/eth0/disable_ipv6'), '0');
  });

  it('let nobody in but by published ports', async () => {
    await serve('web', '--publish', '8080:80');
    assert.equal(await docker('port', 'web'), '80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080');
    const own = await engine().inspect('web', '{{.NetworkSettings.Networks.six.GlobalIPv6Address}}');
    await answers(own, 80, 'web');
    assert.equal(await fromOutside(own, 80), 'refused');
    assert.equal(await fromOutside(machine, 8080), 'web');
    assert.equal(await fromOutside('198.51.100.1', 8080), 'web');
    assert.equal(await fromMachine(machine, 8080), 'web');
    assert.equal(await fromMachine('127.0.0.1', 8080), 'web');
    assert.equal(await fromContainer('web', machine, 8080), 'web', 'itself');
    await run('one', '--network', 'six');
    assert.equal(await fromContainer('one', machine, 8080), 'web');
  });

  it('ports of one family, or of one address', async () => {
    await serve(
      'web',
      '--publish',
      '[::]:8081:80',
      '--publish',
      `[${machine}]:8082:80`,
      '--publish',
      '0.0.0.0:8083:80',
    );
    assert.equal(await docker('port', 'web', '80'), `0.0.0.0:8083\n[${machine}]:8082\n[::]:8081`);
    await answers(machine, 8081, 'web');
    assert.equal(await fromMachine('127.0.0.1', 8081), 'refused');
    assert.equal(await fromOutside(machine, 8082), 'web');
    assert.equal(await fromOutside(machine, 8083), 'refused');
    const { stderr } = await engine().docker([
      'run',
      '--rm',
      '--network',
      'six',
      '--publish',
      '8081:80',
      'busybox',
      'true',
    ]);
    assert.match(stderr, /Bind for \[::\]:8081 failed: port is already allocated/);
  });

  it('ports on ::1 are reached from the machine only', async () => {
    await serve('web', '--publish', '8080:80', '--publish', '[::1]:8085:80');
    await answers('::1', 8080, 'web');
    assert.equal(await fromMachine('::1', 8085), 'web');
    assert.equal(await fromMachine(machine, 8085), 'refused');
    assert.equal(await fromOutside(machine, 8085), 'refused');
    await docker('rm', '--force', 'web');
    assert.equal(await fromMachine('::1', 8085), 'refused');
    await docker(
      ...['run', '--detach', '--name', 'web', '--publish', '[::1]:8085:80', 'busybox'],
      ...['nc', '-ll', '-p', '80', '-e', 'cat'],
    );
    assert.equal(await docker('port', 'web'), '80/tcp -> [::1]:8085');
    // In both directions, and more than fits anywhere.
    const echoed = 'dd if=/dev/zero bs=64k count=64 2>/dev/null | nc -w 5 ::1 8085 | wc -c';
    assert.equal(await engine().inMachine(echoed), String(64 * 64 * 1024));
    const { status } = await engine().request('POST', '/paddock/reexec');
    assert.equal(status, 204);
    assert.equal(await engine().inMachine('echo again | nc -w 5 ::1 8085'), 'again');
  });

  it('addresses may be chosen where the subnet is', async () => {
    await docker('network', 'create', '--ipv6', '--subnet', '10.6.0.0/24', '--subnet', 'fd00:6::/64', 'own');
    await run('one', '--network', 'own', '--ip', '10.6.0.66', '--ip6', 'fd00:6::66');
    assert.match(await docker('exec', 'one', 'ip', '-6', 'address', 'show', 'eth0'), / fd00:6::66\/64 /);
    const again = ['run', '--rm', '--network', 'own', '--ip6', 'fd00:6::66', 'busybox', 'true'];
    assert.match((await engine().docker(again)).stderr, /Address already in use/);
    await docker('rm', '--force', 'one');
    await docker('network', 'rm', 'own');
  });

  it('are needed to publish ports by it', async () => {
    const ports = ['--publish', '[::]:8084:80', '--publish', '0.0.0.0:8084:80'];
    await docker('run', '--detach', '--name', 'web', ...ports, 'busybox', 'sleep', '1000');
    assert.equal(await docker('port', 'web'), '80/tcp -> 0.0.0.0:8084');
  });

  it('have IPv4 as well', async () => {
    const body = { Name: 'bare', EnableIPv4: false, EnableIPv6: true };
    const { status, text } = await engine().request('POST', '/v1.51/networks/create', { body });
    assert.equal(status, 400);
    assert.match(text, /IPv4 cannot be disabled: containers of this engine have an IPv4 address/);
  });

  it('leave nothing behind', async () => {
    await engine().inMachine('kill $(cat /run/outside.pid)'); // and with it the cable
  });
});
