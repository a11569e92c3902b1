/** What changes under a running container: names when it is connected, networks that go, containers that lend theirs. */
import assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';

describe('changes of networks', () => {
  const engine = useEngine();
  const docker = (...words: string[]) => engine().output(...words);
  const refusal = async (...words: string[]) => {
    const { status, stderr } = await engine().docker(words);
    assert.notEqual(status, 0);
    return stderr;
  };
  const run = (name: string, ...words: string[]) =>
    docker('run', '--detach', '--name', name, ...words, 'busybox', 'sleep', '1000');
  const serversIn = (text: string) => [...text.matchAll(/^nameserver (.*)$/gm)].map(([, address]) => address);
  const nameServers = async (name: string) =>
    serversIn(await docker('exec', name, 'cat', '/etc/resolv.conf'));
  const serversOfMachine = async () => serversIn(await engine().inMachine('cat /etc/resolv.conf'));
  const reaches = async (from: string, name: string) =>
    (await engine().docker(['exec', from, 'ping', '-c1', '-W2', name])).status === 0;

  before(() => docker('network', 'create', 'meadow'));
  afterEach(() => engine().docker(['rm', '--force', 'one', 'two', 'late']));

  it('a container of the default bridge knows names as soon as it is on a network of a user', async () => {
    await run('one');
    await run('two', '--network', 'meadow');
    assert.deepEqual(await nameServers('one'), await serversOfMachine());
    await docker('network', 'connect', '--alias', 'first', 'meadow', 'one');
    assert.deepEqual(await nameServers('one'), ['127.0.0.11']);
    assert.ok(await reaches('one', 'two'));
    assert.ok(await reaches('two', 'first'));
    await engine().request('POST', '/paddock/reexec');
    assert.ok(await reaches('one', 'two'));
    await docker('network', 'disconnect', 'meadow', 'one');
    assert.deepEqual(await nameServers('one'), await serversOfMachine());
    assert.ok(!(await reaches('one', 'two')));
    await docker('network', 'connect', 'meadow', 'one');
    assert.ok(await reaches('one', 'two'), 'again');
  });

  it('and one of a network of a user keeps its names on the default bridge', async () => {
    await run('one', '--network', 'meadow');
    await run('two', '--network', 'meadow');
    await docker('network', 'connect', 'bridge', 'one');
    assert.deepEqual(await nameServers('one'), ['127.0.0.11']);
    assert.ok(await reaches('one', 'two'));
    await docker('network', 'disconnect', 'meadow', 'one');
    assert.deepEqual(await nameServers('one'), await serversOfMachine());
    await docker('restart', '--time', '0', 'one');
    assert.deepEqual(await nameServers('one'), await serversOfMachine());
  });

  it('a resolv.conf that somebody has changed is left alone', async () => {
    await run('one');
    await docker('exec', 'one', 'sh', '-c', 'echo nameserver 192.0.2.99 >/etc/resolv.conf');
    await docker('network', 'connect', 'meadow', 'one');
    assert.deepEqual(await nameServers('one'), ['192.0.2.99']);
  });

  it('a network is pruned or used, never both', async () => {
    for (let round = 0; round < 5; round++) {
      await docker('network', 'create', 'fought');
      const [started] = await Promise.all([
        engine().docker([
          'run',
          '--detach',
          '--name',
          'late',
          '--network',
          'fought',
          'busybox',
          'sleep',
          '1000',
        ]),
        docker('network', 'prune', '--force', '--filter', 'label!=kept'),
        engine().docker(['network', 'rm', 'fought']),
      ]);
      const isThere = (await engine().docker(['network', 'inspect', 'fought'])).status === 0;
      assert.equal(started.status === 0, isThere, started.stderr);
      if (!isThere) assert.match(started.stderr, /network fought not found/);
      await engine().docker(['rm', '--force', 'late']);
      await engine().docker(['network', 'rm', 'fought']);
      assert.equal(await engine().packetFilter('ruleset'), '');
    }
    await docker('network', 'create', 'meadow').catch(() => {});
  });

  it('a network is lent by a container that runs only', async () => {
    await run('one', '--network', 'meadow', '--publish', '8080:80');
    const address = await docker('run', '--rm', '--network', 'container:one', 'busybox', 'hostname', '-i');
    assert.equal(address, await engine().inspect('one', '{{.NetworkSettings.Networks.meadow.IPAddress}}'));
    await run('two', '--network', 'container:one');
    assert.ok(await reaches('two', 'one'), 'its names as well');
    await docker('stop', '--time', '0', 'two', 'one');
    assert.match(
      await refusal('start', 'two'),
      /cannot join network namespace of a non running container: container one is exited/,
    );
    await docker('rm', 'one');
    assert.match(
      await refusal('start', 'two'),
      /joining network namespace of container: No such container: [0-9a-f]{64}/,
    );
    assert.equal(await engine().inspect('two', '{{.Name}}'), '/two');
    assert.match(
      await refusal('run', '--name', 'late', '--network', 'container:nobody', 'busybox', 'true'),
      /joining network namespace of container: No such container: nobody/,
    );
    assert.match(
      await refusal('network', 'connect', 'meadow', 'two'),
      /container sharing network namespace with another container/,
    );
  });

  it('what only networks of users have is refused elsewhere', async () => {
    const create = async (settings: object, mode = 'bridge') => {
      const body = {
        Image: 'busybox',
        HostConfig: { NetworkMode: mode },
        NetworkingConfig: { EndpointsConfig: { [mode]: settings } },
      };
      const { status, text } = await engine().request('POST', '/v1.51/containers/create', { body });
      return `${status} ${JSON.parse(text).message}`;
    };
    const about = (network: string) =>
      `400 invalid config for network ${network}: invalid endpoint settings:\n`;
    const aliases = 'network-scoped aliases are only supported for user-defined networks';
    const address = 'user-specified IP address is supported on user-defined networks only';
    assert.equal(await create({ Aliases: ['a'] }), about('bridge') + aliases);
    assert.equal(await create({ Aliases: ['a'] }, 'none'), about('none') + aliases);
    assert.equal(
      await create({ IPAMConfig: { IPv4Address: '172.18.0.9' }, Aliases: ['a'] }),
      `${about('bridge')}${address}\n${aliases}`,
    );
    assert.match(
      await create({ IPAMConfig: { IPv4Address: '172.17.0.9' } }, 'meadow'),
      /networks with user-configured subnets$/,
    );
    await run('one');
    await docker('network', 'create', 'far');
    await docker('network', 'disconnect', 'bridge', 'one');
    assert.match(await refusal('network', 'connect', '--alias', 'a', 'bridge', 'one'), new RegExp(aliases));
  });
});
