/** Many containers at once, and much output with clients that do not read it. Figures are printed, not judged. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { busybox } from '../system/busybox.ts';
import { outputOf } from '../system/process.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

const created = 1000;
const running = 200;
/** Requests that are under way together. */
const together = 8;

describe('many containers', () => {
  const engine = useEngine();

  /** Does something to each, several at a time, and prints how long one took. */
  async function forAll(
    context: TestContext,
    what: string,
    names: readonly string[],
    act: (name: string) => Promise<{ status: number; text: string }>,
  ): Promise<void> {
    const begin = performance.now();
    const waiting = [...names];
    const worker = async () => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        const { status, text } = await act(name);
        assert.ok(status < 300, `${what} ${name}: ${status} ${text}`);
      }
    };
    await Promise.all(Array.from({ length: together }, worker));
    const each = (performance.now() - begin) / names.length;
    context.diagnostic(`${what}: ${names.length}, ${each.toFixed(1)} ms each`);
  }

  it(`${created} are created, ${running} of them run, all are stopped and removed`, async (context) => {
    const names = Array.from({ length: created }, (_, number) => `many-${number}`);
    const first = names.slice(0, running);
    const body = {
      Image: busybox,
      Cmd: ['sleep', '100000'],
      HostConfig: { NetworkMode: 'none' },
      StopSignal: 'SIGKILL',
    };
    const memory = async () => (await engine().memory()).anonymous;
    const before = await memory();
    const perContainer = async (what: string, count: number, base: number) =>
      context.diagnostic(
        `${what}: ${(((await memory()) - base) / count / 1024).toFixed(1)} KiB each in the engine`,
      );

    await forAll(context, 'create', names, (name) =>
      engine().request('POST', `/containers/create?name=${name}`, { body }),
    );
    await perContainer('created', created, before);
    const idle = await memory();
    await forAll(context, 'start', first, (name) => engine().request('POST', `/containers/${name}/start`));
    await perContainer('running', running, idle);
    assert.equal((await engine().output('ps', '--quiet')).split('\n').length, running);
    const begin = performance.now();
    assert.equal((await engine().output('ps', '--all', '--quiet')).split('\n').length, created);
    context.diagnostic(`docker ps --all: ${Math.round(performance.now() - begin)} ms`);
    context.diagnostic(`ping meanwhile: ${(await engine().pingMilliseconds()).toFixed(1)} ms`);
    assert.equal(await engine().output('exec', 'many-0', 'echo', 'alive'), 'alive');

    await forAll(context, 'stop', first, (name) => engine().request('POST', `/containers/${name}/stop`));
    assert.equal(await engine().output('ps', '--quiet'), '');
    await forAll(context, 'remove', names, (name) => engine().request('DELETE', `/containers/${name}`));
    assert.equal(await engine().output('ps', '--all', '--quiet'), '');
    const left = (await memory()) - before;
    context.diagnostic(`the engine is ${Math.round(left / 1024)} KiB larger than before`);
    assert.ok(left < 16 * 1024 * 1024, `${left} bytes stay`);
  });

  it('clients that do not read neither block the engine nor make it grow', async (context) => {
    const script = 'while true; do echo "a line of output that nobody who follows it reads"; done';
    const logging = ['--log-opt', 'max-size=4m', '--log-opt', 'max-file=2'];
    await engine().output(
      'run',
      '-d',
      '--name',
      'loud',
      ...logging,
      '--network',
      'none',
      busybox,
      'sh',
      '-c',
      script,
    );
    const ask = async (head: string) => {
      const socket = connect(engine().socketPath);
      socket.on('error', () => {});
      socket.write(
        `${head} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n`,
      );
      await new Promise((resolve) => socket.once('readable', resolve));
      socket.pause();
      return socket;
    };
    const stuck = [
      await ask('GET /containers/loud/logs?follow=1&stdout=1'),
      await ask('POST /containers/loud/attach?stream=1&stdout=1&logs=0'),
      await ask('GET /containers/loud/logs?follow=1&stdout=1&tail=0'),
      await ask('GET /containers/loud/stats?stream=1'),
    ];
    await setTimeout(1000);
    const before = (await engine().memory()).anonymous;
    const size = () => engine().inMachine('cat /var/lib/system-docker/containers/*/*-json.log* | tail -1');
    for (let second = 0; second < 10; second++) {
      await setTimeout(1000);
      assert.ok((await engine().pingMilliseconds()) < 2000);
    }
    const grown = (await engine().memory()).anonymous - before;
    context.diagnostic(`the engine has grown by ${Math.round(grown / 1024)} KiB in 10 seconds`);
    assert.ok(grown < 8 * 1024 * 1024, `the engine has grown by ${grown} bytes`);
    const last = await size();
    await eventually('the container goes on writing', async () => (await size()) !== last);
    for (const socket of stuck) socket.destroy();
    await engine().output('rm', '--force', 'loud');
  });

  it('a million lines come back whole', async (context) => {
    const lines = 1_000_000;
    // A machine of the project keeps less by default; a translated one takes minutes to read it all.
    const logging = ['--log-opt', 'max-size=500m'];
    await engine().output(
      ...['run', '--name', 'long', '--network', 'none', ...logging],
      ...['--attach', 'stderr', busybox, 'seq', `${lines}`],
    );
    const logs = async (...words: string[]) =>
      outputOf(await engine().docker(['logs', ...words, 'long'], { seconds: 600 }));
    const before = (await engine().memory()).anonymous;
    const begin = performance.now();
    const all = await logs();
    context.diagnostic(`docker logs: ${Math.round(performance.now() - begin)} ms`);
    const expected = Array.from({ length: lines }, (_, index) => `${index + 1}`).join('\n');
    assert.ok(all === expected, `${all.length} of ${expected.length} characters are right at most`);
    const tail = await logs('--tail', '999999');
    assert.ok(tail === expected.slice(2), 'the tail is another');
    assert.equal(await logs('--tail', '2'), `${lines - 1}\n${lines}`);
    const grown = (await engine().memory()).anonymous - before;
    context.diagnostic(`the engine has grown by ${Math.round(grown / 1024)} KiB`);
    assert.ok(grown < 8 * 1024 * 1024, `the engine has grown by ${grown} bytes`);
    await engine().output('rm', 'long');
  });
});
