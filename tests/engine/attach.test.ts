/** `docker attach`, `start --attach`, and what they send and receive on the wire. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { busybox } from '../system/busybox.ts';
import { outputOf } from '../system/process.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

describe('attach', () => {
  const engine = useEngine();
  const remove = (name: string) => engine().output('rm', '--force', name);

  /** Sends an attach request as a client does that knows nothing of 101. */
  async function attachRaw(name: string, query: string, fields: string) {
    const connection = await engine().connect();
    connection.socket.write(
      `POST /v1.51/containers/${name}/attach?${query} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`,
    );
    return connection;
  }

  it('before the start loses no byte', async () => {
    const script = 'i=0; while [ $i -lt 500 ]; do echo line-$i; i=$((i + 1)); done';
    await engine().output('create', '--name', 'early', busybox, 'sh', '-c', script);
    for (let round = 0; round < 5; round++) {
      const started = outputOf(await engine().docker(['start', '--attach', 'early']));
      assert.equal(started, Array.from({ length: 500 }, (_, index) => `line-${index}`).join('\n'));
    }
    await remove('early');
  });

  it('to a running container gives what comes from now on, and the exit status', async () => {
    const script = 'echo missed; read go; echo late; exit 4';
    await engine().output('run', '-di', '--name', 'running', busybox, 'sh', '-c', script);
    await eventually('it has printed', async () => (await engine().output('logs', 'running')) === 'missed');
    const attached = await engine().docker(['attach', 'running'], { input: 'go\n' });
    assert.deepEqual(attached, { status: 4, stdout: 'late\n', stderr: '' });
    await remove('running');
  });

  it('gives every client everything', async () => {
    const script = 'read go; seq 1 20000';
    await engine().output('run', '-di', '--name', 'shared', busybox, 'sh', '-c', script);
    const clients = [1, 2, 3].map(() => engine().docker(['attach', '--no-stdin', 'shared']));
    await setTimeout(500);
    await engine().docker(['attach', 'shared'], { input: 'go\n' });
    const expected = Array.from({ length: 20_000 }, (_, index) => index + 1).join('\n');
    for (const client of clients) assert.equal(outputOf(await client), expected);
    await remove('shared');
  });

  it('feeds input before and after the start, and ends it', async () => {
    await engine().output('create', '-i', '--name', 'fed', busybox, 'wc', '-c');
    const input = 'x'.repeat(300_000);
    assert.equal(outputOf(await engine().docker(['start', '-ai', 'fed'], { input })), '300000');
    await remove('fed');
  });

  it('takes input in every run, though a client of the last one still had its input open', async () => {
    await engine().output('create', '-i', '--name', 'repeated', busybox, 'sh', '-c', 'read a; echo "<$a>"');
    for (const word of ['one', 'two']) {
      const query = 'stream=1&stdin=1&stdout=1';
      const connection = await attachRaw('repeated', query, 'Content-Length: 0\r\n');
      await eventually('the head comes', () => connection.received().includes('\r\n\r\n'));
      await engine().output('start', 'repeated');
      connection.socket.write(`${word}\n`);
      await connection.closed;
      assert.match(connection.received(), new RegExp(`<${word}>\n$`));
    }
    await remove('repeated');
  });

  it('answers 101 and frames to a client that wants to upgrade', async () => {
    await engine().output('create', '--name', 'framed', busybox, 'sh', '-c', 'echo out; echo err >&2');
    const query = 'stream=1&stdout=1&stderr=1';
    const connection = await attachRaw(
      'framed',
      query,
      'Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n',
    );
    await eventually('the head comes', () => connection.received().includes('\r\n\r\n'));
    connection.socket.end(); // as the stock client does, having no input
    await engine().output('start', 'framed');
    await connection.closed;
    const [head = '', body = ''] = connection.received().split('\r\n\r\n');
    assert.match(head, /^HTTP\/1\.1 101 UPGRADED\r\n/);
    assert.match(head, /^Content-Type: application\/vnd\.docker\.multiplexed-stream$/im);
    assert.match(head, /^Connection: Upgrade$/im);
    assert.match(head, /^Upgrade: tcp$/im);
    const frames = ['\x01\0\0\0\0\0\0\x04out\n', '\x02\0\0\0\0\0\0\x04err\n'];
    assert.deepEqual(
      [frames.join(''), frames.toReversed().join('')].includes(body),
      true,
      JSON.stringify(body),
    );
    await remove('framed');
  });

  it('answers 200 and the bare stream to an older client', async () => {
    await engine().output('create', '-t', '--name', 'bare', busybox, 'echo', 'hello');
    const connection = await attachRaw('bare', 'stream=1&stdout=1', 'Content-Length: 0\r\n');
    await eventually('the head comes', () => connection.received().includes('\r\n\r\n'));
    await engine().output('start', 'bare');
    await connection.closed;
    const [head = '', body] = connection.received().split('\r\n\r\n');
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(head, /^Content-Type: application\/vnd\.docker\.raw-stream$/im);
    assert.doesNotMatch(head, /^(Transfer-Encoding|Content-Length):/im);
    assert.equal(body, 'hello\r\n');
    await remove('bare');
  });

  it('replays the log before the stream when asked', async () => {
    await engine().output(
      'run',
      '-di',
      '--name',
      'replayed',
      busybox,
      'sh',
      '-c',
      'echo first; read go; echo second',
    );
    await eventually('it has printed', async () => (await engine().output('logs', 'replayed')) === 'first');
    const connection = await attachRaw(
      'replayed',
      'logs=1&stream=1&stdout=1&stdin=1',
      'Content-Length: 0\r\n',
    );
    await eventually('the log comes', () => connection.received().includes('first\n'));
    connection.socket.write('go\n');
    await connection.closed;
    assert.match(connection.received(), /first\n[\s\S]*second\n$/);
    await remove('replayed');
  });

  it('refuses a container that is paused', async () => {
    await engine().output('run', '-d', '--name', 'frozen', busybox, 'sleep', '1000');
    await engine().output('pause', 'frozen');
    const answer = await engine().request('POST', '/containers/frozen/attach?stream=1&stdout=1');
    assert.equal(answer.status, 409);
    assert.match(answer.text, /is paused, unpause the container before attach/);
    await remove('frozen');
  });

  it('does not let a client that stops reading stop the container or grow the memory', async () => {
    const script = 'yes 0123456789012345678901234567890123456789 | head -c 60000000 >/dev/stderr; echo done';
    await engine().output('create', '--name', 'ignored', '--log-driver', 'none', busybox, 'sh', '-c', script);
    const connection = await attachRaw('ignored', 'stream=1&stdout=1&stderr=1', 'Content-Length: 0\r\n');
    await eventually('the head comes', () => connection.received().includes('\r\n\r\n'));
    connection.socket.pause();
    const before = await engine().memory();
    await engine().output('start', 'ignored');
    await setTimeout(1000);
    assert.ok((await engine().pingMilliseconds()) < 500);
    const { anonymous } = await engine().memory();
    assert.ok(anonymous - before.anonymous < 8_000_000, `${anonymous} bytes instead of ${before.anonymous}`);
    assert.equal(await engine().output('wait', 'ignored'), '0');
    connection.socket.destroy();
    await remove('ignored');
  });
});
