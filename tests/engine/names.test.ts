/** Names on user-defined networks, answered by the engine on 127.0.0.11. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';
import { nodeInNetwork } from './node-in-network.ts';

/** Says by UDP, and by TCP a little differently, that every name has one address. */
const nameServer = `
  const { createSocket } = require('node:dgram');
  const { createServer } = require('node:net');
  const answer = (question, last) => {
    const end = question.indexOf(0, 12) + 5;
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, last]);
    const header = Buffer.from([question[0], question[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    return Buffer.concat([header, question.subarray(12, end), record]);
  };
  const socket = createSocket('udp4');
  socket.on('message', (question, peer) => socket.send(answer(question, 7), peer.port, peer.address));
  const server = createServer((stream) => stream.once('data', (data) => {
    const message = answer(data.subarray(2), 8);
    stream.end(Buffer.concat([Buffer.from([0, message.length]), message]));
  }));
  server.listen(53, '172.30.99.1', () => socket.bind(53, '172.30.99.1', () => console.log('ready')));
`;

describe('names', () => {
  const engine = useEngine();
  const docker = (...words: string[]) => engine().output(...words);
  const run = (name: string, ...words: string[]) =>
    docker('run', '--detach', '--name', name, ...words, 'busybox', 'sleep', '1000');
  /** The addresses that a container finds, sorted. */
  const lookUp = async (from: string, name: string, ...words: string[]) => {
    const { stdout } = await engine().docker(['exec', from, 'nslookup', ...words, name, '127.0.0.11']);
    const [, ...answers] = [...stdout.matchAll(/^(?:Address|Name): *\t?(\S+)$|name = (\S+)$/gm)];
    return answers
      .map(([, address, other]) => address ?? other ?? '')
      .filter((text) => text !== name)
      .sort();
  };

  before(async () => {
    await docker('network', 'create', '--subnet', '10.7.0.0/24', 'first');
    await docker(
      'network',
      'create',
      '--subnet',
      '10.8.0.0/24',
      '--ipv6',
      '--subnet',
      'fd00:8::/64',
      'second',
    );
    await run('web', '--network', 'first', '--network-alias', 'service');
    await run('client', '--network', 'first');
  });

  it('of neighbours are known: by name, alias and short id', async () => {
    const id = await engine().inspect('web', '{{.Id}}');
    for (const name of ['web', 'WEB', 'service', 'web.first', id.slice(0, 12)]) {
      assert.deepEqual(await lookUp('client', name, '-type=a'), ['10.7.0.2'], name);
    }
    await docker('exec', 'client', 'ping', '-c1', '-W2', 'web');
    assert.match(await docker('exec', 'client', 'cat', '/etc/resolv.conf'), /^nameserver 127\.0\.0\.11$/m);
  });

  it('of several containers lead to all of them, in turn', async () => {
    await run('twin', '--network', 'first', '--network-alias', 'service');
    assert.deepEqual(await lookUp('client', 'service', '-type=a'), ['10.7.0.2', '10.7.0.4']);
    await docker('rm', '--force', 'twin');
    assert.deepEqual(await lookUp('client', 'service', '-type=a'), ['10.7.0.2']);
  });

  it('are found by address', async () => {
    assert.deepEqual(await lookUp('client', '10.7.0.2'), ['web.first']);
  });

  it('hold for the networks that a container is on', async () => {
    await run('far', '--network', 'second');
    assert.deepEqual(await lookUp('client', 'far', '-type=a'), []);
    await docker('network', 'connect', '--alias', 'near', 'second', 'client');
    assert.deepEqual(await lookUp('client', 'far', '-type=a'), ['10.8.0.2']);
    assert.deepEqual(await lookUp('client', 'far', '-type=aaaa'), ['fd00:8::2']);
    assert.deepEqual(await lookUp('far', 'near', '-type=a'), ['10.8.0.3']);
    await docker('exec', 'client', 'ping', '-6', '-c1', '-W2', 'far');
  });

  it('of others are asked for outside', async () => {
    await engine().inMachine(`
      busybox ip link add dns0 type bridge
      busybox ip address add 172.30.99.1/32 dev dns0
      busybox ip link set dns0 up`);
    const server = await nodeInNetwork(engine(), undefined, nameServer);
    await run('asking', '--network', 'first', '--dns', '172.30.99.1');
    await eventually('the name is found', async () => {
      const found = await lookUp('asking', 'outside.example', '-type=a');
      return found.join() === '192.0.2.7';
    });
    const client = await nodeInNetwork(
      engine(),
      'asking',
      `const name = [7, ...Buffer.from('outside'), 7, ...Buffer.from('example'), 0];
       const question = [0xbe, 0xef, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1];
       const stream = require('node:net').connect(53, '127.0.0.11', () =>
         stream.write(Buffer.from([0, question.length, ...question])));
       stream.on('data', (data) => { console.log(data.at(-1)); stream.destroy(); });
       setTimeout(() => process.exit(), 3000).unref();`,
    );
    assert.equal(client.line, '8');
    await client.stop();
    await docker('rm', '--force', 'asking');
    await server.stop();
    await engine().inMachine('busybox ip link delete dns0');
  });

  it('are served on after a re-exec', async () => {
    const { status } = await engine().request('POST', '/paddock/reexec');
    assert.equal(status, 204);
    assert.deepEqual(await lookUp('client', 'web', '-type=a'), ['10.7.0.2']);
  });

  it('of the machine itself can be added to the hosts file', async () => {
    const words = ['--add-host', 'machine:host-gateway', '--add-host', 'other=192.0.2.1'];
    const hosts = await docker('run', '--rm', '--network', 'first', ...words, 'busybox', 'cat', '/etc/hosts');
    assert.match(hosts, /^10\.7\.0\.1\tmachine$/m);
    assert.match(hosts, /^192\.0\.2\.1\tother$/m);
  });

  it('cost little memory', async () => {
    const before = await engine().memory();
    const names = Array.from({ length: 5 }, (_, index) => `small-${index}`);
    for (const name of names) await run(name, '--network', 'first');
    const { anonymous } = await engine().memory();
    assert.ok((anonymous - before.anonymous) / names.length < 1024 * 1024);
    await docker('rm', '--force', ...names);
  });
});
