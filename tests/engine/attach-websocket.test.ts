/** `/containers/{id}/attach/ws`, by the WebSocket client of others. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import WebSocket from 'ws';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

describe('attach by WebSocket', () => {
  const engine = useEngine();

  /** Attaches; `text` is what has come so far, `code` what the connection was closed with. */
  async function attach(name: string, query: string) {
    const path = `/v1.51/containers/${name}/attach/ws?${query}`;
    const socket = new WebSocket(`ws+unix://${engine().socketPath}:${path}`);
    const seen = { text: '', code: undefined as number | undefined };
    socket.on('message', (data: Buffer, isBinary) => {
      assert.ok(isBinary);
      seen.text += data.toString();
    });
    socket.on('close', (code) => {
      seen.code = code;
    });
    await once(socket, 'open');
    return { socket, seen };
  }
  const remove = (name: string) => engine().output('rm', '--force', name);

  it('gives what both outputs say, from before the start to the end', async () => {
    await engine().output('create', '--name', 'talker', busybox, 'sh', '-c', 'echo out; echo err >&2');
    const { seen } = await attach('talker', 'stream=1&stdout=1&stderr=1');
    await engine().output('start', 'talker');
    await eventually('it is over', () => seen.code !== undefined);
    assert.equal(seen.code, 1000);
    assert.deepEqual(seen.text.split('\n').sort(), ['', 'err', 'out']);
  });

  it('gives the log and says good-bye', async () => {
    const { seen } = await attach('talker', 'logs=1&stdout=1');
    await eventually('it is over', () => seen.code !== undefined);
    assert.deepEqual(seen, { text: 'out\n', code: 1000 });
    await remove('talker');
  });

  it('takes what is typed, in messages of any kind and size', async () => {
    await engine().output('run', '-di', '--name', 'counter', busybox, 'wc', '-c');
    const { socket, seen } = await attach('counter', 'stream=1&stdin=1&stdout=1');
    socket.send('text');
    socket.send(Buffer.alloc(200_000), { fin: false });
    socket.send(Buffer.alloc(100_000), { fin: true });
    socket.ping();
    await once(socket, 'pong');
    await engine().output('exec', 'counter', 'true');
    socket.close();
    await eventually('it has gone', () => seen.code === 1000);
    // The input goes on: `docker run -di` has not asked for its end with that of the first client.
    const again = await attach('counter', 'stream=1&stdin=1&stdout=1');
    again.socket.send('more');
    await engine().output('kill', 'counter');
    await eventually('it is over', () => again.seen.code === 1000);
    await remove('counter');
  });

  it('works before a terminal, with detach keys', async () => {
    await engine().output('run', '-dit', '--name', 'terminal', busybox, 'sh');
    const { socket, seen } = await attach('terminal', 'stream=1&stdin=1&stdout=1&detachKeys=ctrl-x,q');
    socket.send('echo $((6 * 7))\n');
    await eventually('the shell answers', () => /^42\r$/m.test(seen.text));
    socket.send('\x18q');
    await eventually('it is detached', () => seen.code === 1000);
    assert.equal(await engine().inspect('terminal', '{{.State.Status}}'), 'running');
    await remove('terminal');
  });

  it('leaves nothing when the client vanishes', async () => {
    await engine().output('run', '-di', '--name', 'idle', busybox, 'cat');
    const descriptors = async () => Number(await engine().inMachine('ls /proc/1/fd | wc -l'));
    const before = await descriptors();
    const { socket } = await attach('idle', 'stream=1&stdin=1&stdout=1');
    socket.terminate();
    await eventually('its descriptor is closed', async () => (await descriptors()) === before);
    await remove('idle');
  });

  it('refuses what is not a WebSocket, and what does not keep to the protocol', async () => {
    await engine().output('run', '-di', '--name', 'strict', busybox, 'cat');
    const path = '/v1.51/containers/strict/attach/ws?stream=1&stdin=1';
    const plain = await engine().request('GET', path);
    assert.deepEqual(
      [plain.status, JSON.parse(plain.text)],
      [400, { message: 'the request does not ask for a WebSocket' }],
    );
    const absent = new WebSocket(`ws+unix://${engine().socketPath}:/containers/absent/attach/ws`);
    const [error] = (await once(absent, 'error')) as [Error];
    assert.match(error.message, /404/);

    const raw = await engine().connect();
    const fields = [
      'Host: x',
      'Connection: keep-alive, Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    raw.socket.write(`GET ${path} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`);
    raw.socket.write(Buffer.from([0x82, 1, 65])); // without a mask
    await raw.closed;
    const answer = raw.received();
    // The example of RFC 6455, section 1.3, and a close frame with status 1002.
    assert.match(answer, /^HTTP\/1\.1 101 .*\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/s);
    assert.ok(answer.endsWith('\r\n\r\n\x88\x02\x03\xea'));
    await remove('strict');
  });
});
