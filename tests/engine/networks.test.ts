import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

const box = ['busybox'];

describe('bridge networks', () => {
  const engine = useEngine({ cutsPower: true });
  const docker = (...words: string[]) => engine().output(...words);
  const refused = async (...words: string[]) => {
    const { status, stderr } = await engine().docker(words);
    assert.notEqual(status, 0);
    return stderr.trim().replace(/^Error response from daemon: /, '');
  };

  after(() => engine().docker(['rm', '--force', 'one', 'two']));

  it('a container has an address on the default bridge, a way out, and its name in /etc/hosts', async () => {
    await docker('run', '--detach', '--name', 'one', ...box, 'sleep', '1000');
    assert.equal(
      await engine().inspect('one', '{{.HostConfig.NetworkMode}} {{.NetworkSettings.IPAddress}}'),
      'bridge 172.18.0.1',
    );
    assert.match(await docker('exec', 'one', 'ip', 'route'), /^default via 172\.18\.42\.1 dev eth0/);
    const id = await engine().inspect('one', '{{.Id}}');
    assert.match(
      await docker('exec', 'one', 'cat', '/etc/hosts'),
      new RegExp(`^172\\.18\\.0\\.1\\t${id.slice(0, 12)}$`, 'm'),
    );
    await docker('exec', 'one', 'ping', '-c1', '-W2', '172.18.42.1');
  });

  it('two containers reach each other', async () => {
    await docker('run', '--detach', '--name', 'two', ...box, 'sleep', '1000');
    await docker('exec', 'two', 'ping', '-c1', '-W2', '172.18.0.1');
  });

  it('an address is free again when its container has ended', async () => {
    await docker('rm', '--force', 'one', 'two');
    const address = await docker('run', '--rm', ...box, 'ip', '-o', '-4', 'address', 'show', 'eth0');
    assert.match(address, /inet 172\.18\.0\.1\/16 brd 172\.18\.255\.255/);
  });

  it('nothing stays without containers: no rule, no interface', async () => {
    await docker('run', '--detach', '--name', 'one', '--publish', '8080:80', ...box, 'sleep', '1000');
    assert.equal(await engine().packetFilter('tables'), 'table inet paddock-system-docker');
    assert.match(await engine().inMachine('ls /sys/class/net'), /^docker-sys\n(eth0\n)?lo\nveth/);
    await docker('rm', '--force', 'one');
    assert.equal(await engine().packetFilter('ruleset'), '');
    await eventually('the bridge is gone', async () =>
      /^(eth0\n)?lo$/.test(await engine().inMachine('ls /sys/class/net')),
    );
  });

  it('networks of users have addresses of their own', async () => {
    const id = await docker('network', 'create', 'first');
    await docker(
      'network',
      'create',
      '--subnet',
      '10.9.0.0/24',
      '--gateway',
      '10.9.0.9',
      '--label',
      'a=b',
      'second',
    );
    const [first] = JSON.parse(await docker('network', 'inspect', 'first')) as [Record<string, unknown>];
    assert.deepEqual(
      { ...first, Created: '' },
      {
        Name: 'first',
        Id: id,
        Created: '',
        Scope: 'local',
        Driver: 'bridge',
        EnableIPv4: true,
        EnableIPv6: false,
        IPAM: {
          Driver: 'default',
          Options: {},
          Config: [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }],
        },
        Internal: false,
        Attachable: false,
        Ingress: false,
        ConfigFrom: { Network: '' },
        ConfigOnly: false,
        Containers: {},
        Options: {},
        Labels: {},
      },
    );
    await docker('run', '--detach', '--name', 'one', '--network', 'first', ...box, 'sleep', '1000');
    await docker(
      'run',
      '--detach',
      '--name',
      'two',
      '--network',
      'second',
      '--ip',
      '10.9.0.77',
      ...box,
      'sleep',
      '1000',
    );
    assert.equal(await engine().inspect('two', '{{.NetworkSettings.Networks.second.Gateway}}'), '10.9.0.9');
    assert.equal(
      await docker('network', 'ls', '--quiet', '--filter', 'label=a=b', '--format', '{{.Name}}'),
      'second',
    );
  });

  it('networks are isolated from each other', async () => {
    const { status } = await engine().docker(['exec', 'one', 'ping', '-c1', '-W1', '10.9.0.77']);
    assert.equal(status, 1);
    await docker('exec', 'one', 'ping', '-c1', '-W2', '172.17.0.1');
  });

  it('a running container is connected to a further network, and disconnected again', async () => {
    await docker('network', 'connect', '--ip', '10.9.0.5', 'second', 'one');
    await docker('exec', 'one', 'ping', '-c1', '-W2', '10.9.0.77');
    assert.match(await docker('exec', 'one', 'cat', '/etc/hosts'), /^10\.9\.0\.5\t/m);
    await docker('network', 'disconnect', 'second', 'one');
    assert.equal((await engine().docker(['exec', 'one', 'ping', '-c1', '-W1', '10.9.0.77'])).status, 1);
    assert.doesNotMatch(await docker('exec', 'one', 'cat', '/etc/hosts'), /^10\.9\.0\.5\t/m);
    assert.equal(
      await engine().inspect('one', '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}'),
      'first',
    );
  });

  it('refuses what cannot be in the words of Docker', async () => {
    assert.equal(await refused('network', 'create', 'first'), 'network with name first already exists');
    assert.equal(
      await refused('network', 'create', '--subnet', '10.9.0.128/25', 'third'),
      'invalid pool request: Pool overlaps with other one on this address space',
    );
    assert.match(
      await refused('network', 'rm', 'second'),
      /^error while removing network: network second has active endpoints \(name:"two" id:"[0-9a-f]{12}"\)/,
    );
    assert.match(
      await refused('network', 'rm', 'bridge'),
      /^bridge is a pre-defined network and cannot be removed/,
    );
    assert.equal(
      await refused('network', 'connect', 'second', 'two'),
      'endpoint with name two already exists in network second',
    );
    assert.equal(await refused('network', 'inspect', 'third'), 'network third not found');
    assert.match(
      await refused('run', '--network', 'third', '--name', 'three', ...box, 'true'),
      /failed to set up container networking: network third not found/,
    );
    await docker('rm', 'three');
    assert.match(
      await refused('run', '--rm', '--network', 'second', '--ip', '10.9.0.77', ...box, 'true'),
      /Address already in use/,
    );
  });

  it('containers and networks come back after a power cut, but for those of --rm', async () => {
    await docker('create', '--rm', '--name', 'brief', '--network', 'second', ...box, 'true');
    await engine().cutPower();
    await engine().switchOn();
    await docker('start', 'one');
    assert.equal(
      await engine().inspect('one', '{{.NetworkSettings.Networks.first.IPAddress}}'),
      '172.17.0.2',
    );
    await docker('exec', 'one', 'ping', '-c1', '-W2', '172.17.0.1');
    assert.equal(await docker('ps', '--all', '--filter', 'network=second', '--format', '{{.Names}}'), 'two');
  });

  it('the events tell who joins what', async () => {
    await docker('rm', '--force', 'one', 'two');
    await docker('network', 'rm', 'first');
    const events = await docker(
      'events',
      '--since',
      '0',
      '--until',
      String(Math.ceil(Date.now() / 1000) + 1),
      '--filter',
      'type=network',
      '--format',
      '{{.Action}} {{.Actor.Attributes.name}}',
    );
    assert.deepEqual(events.split('\n').slice(-3), ['connect first', 'disconnect first', 'destroy first']);
  });

  it('prune takes what nobody uses', async () => {
    assert.match(await docker('network', 'prune', '--force'), /^Deleted Networks:\nsecond$/);
    assert.equal(await docker('network', 'ls', '--format', '{{.Name}}'), 'bridge\nhost\nnone');
    await eventually(
      'the bridges are gone',
      async () => !(await engine().inMachine('ls /sys/class/net')).includes('br-'),
    );
  });
});
