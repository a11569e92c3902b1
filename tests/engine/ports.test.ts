/** Published ports: from the machine, from outside, from containers; conflicts, and what is left of them. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';
import { nodeInNetwork } from './node-in-network.ts';

describe('published ports', () => {
  const engine = useEngine();
  const docker = (...words: string[]) => engine().output(...words);
  const refusal = async (...words: string[]) => (await engine().docker(words)).stderr.trim();
  /** A container that answers every connection to its port 80 with its name. */
  const serve = (name: string, ...words: string[]) =>
    docker(
      ...['run', '--detach', '--name', name, ...words, 'busybox'],
      ...['nc', '-ll', '-p', '80', '-e', 'echo', name],
    );
  const fetchFrom = (where: string, address: string) =>
    engine().inMachine(`${where} nc -w 2 ${address.replace(':', ' ')} </dev/null || echo refused`);
  const fromMachine = (address: string) => fetchFrom('', address);
  const fromContainer = (name: string, address: string) =>
    docker('exec', name, 'sh', '-c', `nc -w 2 ${address.replace(':', ' ')} </dev/null || echo refused`);
  const answers = (address: string, answer: string) =>
    eventually(`${address} answers ${answer}`, async () => (await fromMachine(address)) === answer);

  before(async () => {
    // Somebody outside, behind a cable of the machine's own.
    await engine().inMachine(`
      busybox unshare --net sleep 100000 >/dev/null 2>&1 &
      echo $! >/run/outside.pid
      until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
      busybox ip link add up0 type veth && busybox ip link set veth0 netns $(cat /run/outside.pid)
      busybox ip address add 198.51.100.1/24 dev up0 && busybox ip link set up0 up
      busybox nsenter --net=/proc/$(cat /run/outside.pid)/ns/net sh -c '
        busybox ip address add 198.51.100.9/24 dev veth0 && busybox ip link set veth0 up
        busybox ip route add 172.16.0.0/12 via 198.51.100.1'`);
  });
  const fromOutside = (address: string) =>
    fetchFrom('busybox nsenter --net=/proc/$(cat /run/outside.pid)/ns/net', address);

  it('are reached from the machine, from outside, and from the container itself', async () => {
    await serve('web', '--publish', '8080:80');
    assert.equal(await docker('port', 'web'), '80/tcp -> 0.0.0.0:8080');
    assert.equal(
      await docker('ps', '--filter', 'name=web', '--format', '{{.Ports}}'),
      '0.0.0.0:8080->80/tcp',
    );
    await answers('127.0.0.1:8080', 'web');
    await answers('198.51.100.1:8080', 'web');
    assert.equal(await fromOutside('198.51.100.1:8080'), 'web');
    assert.equal(await fromContainer('web', '198.51.100.1:8080'), 'web');
    assert.equal(await fromContainer('web', '172.18.42.1:8080'), 'web');
  });

  it('are the only way in', async () => {
    await docker('run', '--detach', '--name', 'shy', 'busybox', 'nc', '-ll', '-p', '80', '-e', 'echo', 'shy');
    const address = await engine().inspect('shy', '{{.NetworkSettings.IPAddress}}');
    await answers(`${address}:80`, 'shy');
    assert.equal(await fromOutside(`${address}:80`), 'refused');
    await docker('rm', '--force', 'shy');
  });

  it('on 127.0.0.1 are reached by nobody else', async () => {
    await serve('local', '--publish', '127.0.0.1:8081:80');
    await answers('127.0.0.1:8081', 'local');
    assert.equal(await fromOutside('198.51.100.1:8081'), 'refused');
    await docker('rm', '--force', 'local');
  });

  it('are chosen by the engine if none is named', async () => {
    await serve('any', '--publish', '80', '--expose', '81');
    const [, port = ''] = /^80\/tcp -> 0\.0\.0\.0:(\d+)$/m.exec(await docker('port', 'any')) ?? [];
    assert.ok(Number(port) >= 32768);
    await answers(`127.0.0.1:${port}`, 'any');
    const ports = await engine().inspect('any', '{{json .NetworkSettings.Ports}}');
    assert.deepEqual(JSON.parse(ports), {
      '80/tcp': [{ HostIp: '0.0.0.0', HostPort: port }],
      '81/tcp': null,
    });
    await docker('rm', '--force', 'any');
    await docker(
      'run',
      '--detach',
      '--name',
      'all',
      '--publish-all',
      '--expose',
      '70-72',
      'busybox',
      'sleep',
      '1000',
    );
    assert.equal((await docker('port', 'all')).split('\n').length, 3);
    await docker('rm', '--force', 'all');
  });

  it('of UDP are as good', async () => {
    await docker(
      'run',
      '--detach',
      '--name',
      'datagrams',
      '--publish',
      '5353:53/udp',
      'busybox',
      'sleep',
      '1000',
    );
    const server = await nodeInNetwork(
      engine(),
      'datagrams',
      `const socket = require('node:dgram').createSocket('udp4');
       socket.on('message', (text, peer) => socket.send('heard ' + text, peer.port, peer.address));
       socket.bind(53, () => console.log('ready'));`,
    );
    for (const address of ['127.0.0.1', '198.51.100.1']) {
      const client = await nodeInNetwork(
        engine(),
        undefined,
        `const socket = require('node:dgram').createSocket('udp4');
         socket.on('message', (text) => { console.log(String(text)); socket.close(); });
         socket.send('hello', 5353, '${address}');
         setTimeout(() => process.exit(), 3000).unref();`,
      );
      assert.equal(client.line, 'heard hello', address);
      await client.stop();
    }
    await server.stop();
    await docker('rm', '--force', 'datagrams');
  });

  it('of UDP are found by who has sent to them before, and to another container after', async () => {
    await docker('run', '--detach', '--name', 'first', 'busybox', 'sleep', '1000');
    const clients = ['127.0.0.1', '198.51.100.1'].map((address, index) =>
      nodeInNetwork(
        engine(),
        undefined,
        `const socket = require('node:dgram').createSocket('udp4');
         const heard = new Set();
         socket.on('message', (text) => {
           heard.add(String(text));
           if (heard.size === 2) { console.log([...heard].join()); process.exit(); }
         });
         socket.on('error', () => {});
         socket.bind(${6000 + index}, () => setInterval(() => socket.send('?', 5354, '${address}'), 100));
         setTimeout(() => process.exit(), 20000);`,
      ),
    );
    await setTimeout(500);
    for (const name of ['cow', 'goat']) {
      const place = ['--name', name, '--publish', '5354:53/udp'];
      await docker('run', '--detach', ...place, 'busybox', 'sleep', '1000');
      const server = await nodeInNetwork(
        engine(),
        name,
        `const socket = require('node:dgram').createSocket('udp4');
         socket.on('message', (_, peer) => socket.send('${name}', peer.port, peer.address));
         socket.bind(53, () => console.log('ready'));`,
      );
      await setTimeout(500);
      await server.stop();
      // Whoever comes next has another address.
      await docker('rm', '--force', name, 'first');
    }
    for (const client of await Promise.all(clients)) {
      assert.equal(client.line, 'cow,goat');
      await client.stop();
    }
  });

  it('belong to one container at a time', async () => {
    const run = ['run', '--name', 'late', '--publish', '8080:80', 'busybox', 'true'];
    assert.match(
      await refusal(...run),
      /failed to set up container networking: driver failed programming external connectivity on endpoint late \([0-9a-f]{64}\): Bind for 0\.0\.0\.0:8080 failed: port is already allocated/,
    );
    await docker('rm', '--force', 'web');
    await docker('start', '--attach', 'late');
    await docker('rm', 'late');
  });

  it('that a program of the machine has are refused', async () => {
    await engine().inMachine('(nc -l -p 8082 >/dev/null 2>&1 & echo $! >/run/listener.pid); sleep 0.2');
    const run = ['run', '--rm', '--publish', '8082:80', 'busybox', 'true'];
    assert.match(
      await refusal(...run),
      /failed to bind host port for 0\.0\.0\.0:8082:172\.18\.0\.1:80\/tcp: address already in use/,
    );
    const range = [
      'run',
      '--detach',
      '--name',
      'ranged',
      '--publish',
      '8082-8083:80',
      'busybox',
      'sleep',
      '1000',
    ];
    await docker(...range);
    assert.equal(await docker('port', 'ranged'), '80/tcp -> 0.0.0.0:8083');
    await docker('rm', '--force', 'ranged');
    await engine().inMachine('kill $(cat /run/listener.pid)');
  });

  it('stay with a container that is taken over by another program', async () => {
    await serve('web', '--publish', '8080:80');
    await answers('127.0.0.1:8080', 'web');
    const { status } = await engine().request('POST', '/paddock/reexec');
    assert.equal(status, 204);
    await answers('127.0.0.1:8080', 'web');
    assert.match(
      await refusal('run', '--rm', '--publish', '8080:80', 'busybox', 'true'),
      /port is already allocated/,
    );
    await docker('rm', '--force', 'web');
    assert.equal(await fromMachine('127.0.0.1:8080'), 'refused');
  });

  it('leave nothing behind', async () => {
    await engine().inMachine('kill $(cat /run/outside.pid)'); // and with it the cable
  });

  it('are refused when they cannot be read', async () => {
    const body = { Image: 'busybox', HostConfig: { PortBindings: { '80/tcp': [{ HostPort: 'http' }] } } };
    const { status, text } = await engine().request('POST', '/v1.51/containers/create', { body });
    assert.equal(status, 400);
    assert.match(text, /invalid port specification/);
  });
});
