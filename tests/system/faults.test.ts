/** Process 1 keeps answering, whatever clients and containers do. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { pingAnswers } from '../../builder/qemu/readiness.ts';
import { busybox, busyboxArchive } from './busybox.ts';
import { outputOf } from './process.ts';
import { useVm } from './vm.ts';

describe('faults', () => {
  const vm = useVm();
  before(async () => {
    outputOf(await vm().docker(['load', '--quiet', '--input', await busyboxArchive()]));
  });
  // Far more than it takes, since the host may be busy, and far less than the work lasts.
  const answers = () => pingAnswers(vm().machine.systemDockerPort, 10_000);
  /** Asks again and again while something goes on; every answer must come within its time. */
  const answersDuring = async (work: Promise<unknown>) => {
    let over = false;
    const watched = work.finally(() => {
      over = true;
    });
    let asked = 0;
    while (!over) {
      assert.ok(await answers(), `no answer to question ${asked}`);
      asked += 1;
      await setTimeout(300);
    }
    await watched;
    assert.ok(asked > 0);
  };
  const processOneMemory = async () =>
    Number(/VmRSS:\s+(\d+) kB/.exec(outputOf(await vm().ssh('cat /proc/1/status')))?.[1]);

  for (const [what, request] of [
    ['noise', Buffer.from('\x16\x03\x01\x02\x00\x01\x00\xff\xfe\r\n\r\n', 'latin1')],
    ['a request line without an end', 'GET /'.padEnd(2_000_000, 'x')],
    ['headers without an end', `GET /_ping HTTP/1.1\r\n${'X: y\r\n'.repeat(200_000)}`],
    [
      'a length that is no number',
      'POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: -5\r\n\r\n',
    ],
    [
      'a chunk size that is no number',
      'POST /images/load HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ],
    [
      'a body that is shorter than announced',
      'POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 900\r\n\r\n{',
    ],
  ] as const) {
    it(`${what}: an error or a closed connection, and the next client is served`, async () => {
      const socket = connect(vm().machine.systemDockerPort, '127.0.0.1');
      socket.on('error', () => {}); // a reset is an answer too
      let answer = '';
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1');
      });
      socket.end(request);
      await Promise.race([once(socket, 'close'), setTimeout(20_000, undefined, { ref: false })]);
      assert.ok(socket.closed, 'the connection is still open');
      assert.match(answer, /^($|HTTP\/1\.1 4\d\d )/);
      assert.ok(await answers());
    });
  }

  it('malformed JSON is refused with a message', async () => {
    const response = await fetch(`http://127.0.0.1:${vm().machine.systemDockerPort}/containers/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"Image": ',
    });
    assert.equal(response.status, 400);
    assert.match(((await response.json()) as { message: string }).message, /\S/);
  });

  it('a client that stops reading costs neither the container nor memory', async () => {
    outputOf(
      await vm().docker(['run', '--detach', '--name', 'flood', '--log-opt', 'max-size=1m', busybox, 'yes']),
    );
    const socket = connect(vm().machine.systemDockerPort, '127.0.0.1');
    socket.write('GET /containers/flood/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n');
    await once(socket, 'readable'); // and never read
    await answersDuring(setTimeout(10_000));
    const memory = await processOneMemory();
    assert.ok(memory < 32_000, `process 1 has ${memory} kB`);
    const pid = outputOf(await vm().docker(['inspect', '--format', '{{.State.Pid}}', 'flood']));
    const written = () => vm().ssh(`sudo -n cat /proc/${pid}/io`);
    const first = outputOf(await written());
    await setTimeout(1000);
    assert.notEqual(outputOf(await written()), first, 'the container has stopped writing');
    socket.destroy();
    outputOf(await vm().docker(['rm', '--force', 'flood']));
  });

  it('services that exit at once for ever', async () => {
    const names = ['crash-1', 'crash-2', 'crash-3', 'crash-4'];
    for (const name of names)
      outputOf(
        await vm().docker(['run', '--detach', '--restart', 'always', '--name', name, busybox, 'false']),
      );
    await answersDuring(setTimeout(10_000));
    outputOf(await vm().docker(['rm', '--force', ...names]));
  });

  it('ten thousand orphans', { timeout: 600_000 }, async () => {
    // Each inner shell ends before its child, which process 1 inherits.
    const script = 'i=0; while [ $i -lt 10000 ]; do (true & ); i=$((i + 1)); done';
    await answersDuring(vm().ssh(script, { seconds: 500 }).then(outputOf));
    await setTimeout(2000);
    const zombies = await vm().ssh("grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null");
    assert.equal(zombies.stdout, '');
  });

  it('a thousand connections that say nothing', async () => {
    const sockets = Array.from({ length: 1000 }, () => connect(vm().machine.systemDockerPort, '127.0.0.1'));
    for (const socket of sockets) socket.on('error', () => {});
    await setTimeout(3000);
    assert.ok(await answers());
    for (const socket of sockets) socket.destroy();
    await setTimeout(1000);
    assert.ok(await answers());
  });
});
