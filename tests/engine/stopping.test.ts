/** `docker stop`, `kill`, `restart`, `pause` and `wait`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

/** A shell that says when it is ready for signals. */
const loop = 'echo ready; while true; do sleep 0.05; done';

describe('stopping', () => {
  const engine = useEngine();
  const remove = (name: string) => engine().output('rm', '--force', name);
  const state = (name: string) => engine().inspect(name, '{{.State.Status}} {{.State.ExitCode}}');
  /** Starts a container and waits until its script has printed "ready". */
  const start = async (name: string, script: string, ...options: string[]) => {
    await engine().output('run', '-d', '--name', name, ...options, busybox, 'sh', '-c', script);
    await eventually('it is ready', async () => (await engine().output('logs', name)).includes('ready'));
  };
  const seconds = async (action: Promise<unknown>) => {
    const begin = performance.now();
    await action;
    return (performance.now() - begin) / 1000;
  };

  it('stop sends SIGTERM and waits', async () => {
    await start('polite', `trap 'sleep 0.3; echo bye; exit 3' TERM; ${loop}`);
    assert.ok((await seconds(engine().output('stop', 'polite'))) < 5);
    assert.equal(await state('polite'), 'exited 3');
    assert.equal(await engine().output('logs', 'polite'), 'ready\nbye');
    await remove('polite');
  });

  it('stop kills what does not end in time', async () => {
    await start('stubborn', `trap '' TERM; ${loop}`);
    const time = await seconds(engine().output('stop', '-t', '1', 'stubborn'));
    assert.ok(time >= 1 && time < 4, `${time} s`);
    assert.equal(await state('stubborn'), 'exited 137');
    await remove('stubborn');
  });

  it('stop obeys the container’s own signal and time', async () => {
    await start(
      'own',
      `trap 'exit 4' USR1; trap 'exit 5' TERM; ${loop}`,
      '--stop-signal',
      'SIGUSR1',
      '--stop-timeout',
      '1',
    );
    await engine().output('stop', 'own');
    assert.equal(await state('own'), 'exited 4');
    await engine().output('start', 'own');
    await eventually('it is ready', async () => (await engine().output('logs', 'own')) === 'ready\nready');
    await engine().output('stop', '--signal', 'TERM', 'own');
    assert.equal(await state('own'), 'exited 5');
    await start('own-time', `trap '' TERM; ${loop}`, '--stop-timeout', '1');
    assert.ok((await seconds(engine().output('stop', 'own-time'))) < 4);
    await engine().output('rm', 'own', 'own-time');
  });

  it('stop of a stopped container is 304 without a body', async () => {
    await engine().output('create', '--name', 'still', busybox, 'true');
    const answer = await engine().request('POST', '/v1.51/containers/still/stop');
    assert.equal(answer.status, 304);
    assert.equal(answer.text, '');
    await engine().output('stop', 'still');
    await remove('still');
  });

  it('start of a running container is 304 without a body', async () => {
    await start('busy', loop);
    const answer = await engine().request('POST', '/v1.51/containers/busy/start');
    assert.equal(answer.status, 304);
    assert.equal(answer.text, '');
    await remove('busy');
  });

  it('kill sends any signal, by name or number', async () => {
    await start('target', `trap 'echo hup' HUP; trap 'echo usr' USR1; trap 'exit 7' USR2; ${loop}`);
    await engine().output('kill', '--signal', 'HUP', 'target');
    await eventually('HUP is heard', async () => (await engine().output('logs', 'target')).includes('hup'));
    await engine().output('kill', '--signal', '10', 'target');
    await eventually('USR1 is heard', async () => (await engine().output('logs', 'target')).includes('usr'));
    const wrong = await engine().docker(['kill', '--signal', 'SIGNONE', 'target']);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /[Ii]nvalid signal: SIGNONE/);
    await engine().output('kill', '--signal', 'SIGUSR2', 'target');
    assert.equal(await engine().output('wait', 'target'), '7');
    await remove('target');
  });

  it('kill of a stopped container is 409', async () => {
    await engine().output('create', '--name', 'dead', busybox, 'true');
    const id = await engine().inspect('dead', '{{.Id}}');
    const answer = await engine().request('POST', '/v1.51/containers/dead/kill');
    assert.equal(answer.status, 409);
    assert.equal(
      JSON.parse(answer.text).message,
      `cannot kill container: dead: container ${id} is not running`,
    );
    await remove('dead');
  });

  it('kill waits until it is dead', async () => {
    await start('victim', loop);
    await engine().output('kill', 'victim');
    assert.equal(await state('victim'), 'exited 137');
    await remove('victim');
  });

  it('takes all processes of a container with its first one', async () => {
    await start('family', `(trap '' TERM; sleep 5000) & ${loop}`);
    await engine().output('kill', 'family');
    assert.doesNotMatch(await engine().inMachine('ps'), /sleep 5000/);
    await remove('family');
  });

  it('restart stops and starts, and keeps what was written', async () => {
    await start('again', `echo x >> /runs; wc -l < /runs; trap 'exit 0' TERM; ${loop}`);
    const before = await engine().inspect('again', '{{.State.Pid}}');
    await engine().output('restart', 'again');
    await eventually(
      'it is ready',
      async () => (await engine().output('logs', 'again')) === '1\nready\n2\nready',
    );
    assert.notEqual(await engine().inspect('again', '{{.State.Pid}}'), before);
    await engine().output('stop', 'again');
    await engine().output('restart', 'again');
    assert.match(await state('again'), /^running/);
    await remove('again');
  });

  it('restart keeps a container that is removed after its end', async () => {
    await start('passing', `trap 'exit 0' TERM; ${loop}`, '--rm');
    await engine().output('restart', 'passing');
    assert.match(await state('passing'), /^running/);
    await engine().output('stop', 'passing');
    await eventually('it is gone', async () => (await engine().docker(['inspect', 'passing'])).status === 1);
  });

  it('pause freezes all processes, and unpause lets them go on', async () => {
    await start('frozen', 'echo ready; while true; do echo x; sleep 0.02; done');
    await engine().output('pause', 'frozen');
    assert.equal(
      await engine().inspect('frozen', '{{.State.Status}} {{.State.Paused}} {{.State.Running}}'),
      'paused true true',
    );
    assert.match(
      await engine().output('ps', '--filter', 'name=frozen', '--format', '{{.Status}}'),
      /^Up .* \(Paused\)$/,
    );
    const length = async () => (await engine().output('logs', 'frozen')).length;
    const before = await length();
    await setTimeout(300);
    assert.equal(await length(), before);
    assert.match((await engine().docker(['pause', 'frozen'])).stderr, /is already paused/);
    assert.match(
      (await engine().docker(['start', 'frozen'])).stderr,
      /cannot start a paused container, try unpause instead/,
    );
    assert.match(
      (await engine().docker(['rm', 'frozen'])).stderr,
      /container is paused: unpause and then stop the container before removing or force remove|paused and must be unpaused first/,
    );
    await engine().output('unpause', 'frozen');
    await eventually('it goes on', async () => (await length()) > before);
    assert.match((await engine().docker(['unpause', 'frozen'])).stderr, /is not paused/);
    await remove('frozen');
  });

  it('a paused container can be stopped, killed and removed', async () => {
    for (const [index, words] of [
      ['stop', '-t', '1'],
      ['kill'],
      ['rm', '--force'],
      ['restart', '-t', '1'],
    ].entries()) {
      const name = `ice-${index}`;
      await start(name, loop);
      await engine().output('pause', name);
      await engine().output(...words, name);
      const after = await engine().docker(['inspect', '--format', '{{.State.Status}}', name]);
      assert.equal(after.stdout.trim(), ['exited', 'exited', '', 'running'][index], words.join(' '));
      if (after.status === 0) await remove(name);
    }
  });

  it('rm -f and stop also end a container whose start or restart is under way', async () => {
    const directories = () => engine().inMachine('ls /var/lib/system-docker/containers');
    const before = await directories();
    for (let delay = 0; delay < 400; delay += 40) {
      await engine().output('run', '-d', '--name', 'tireless', '--restart', 'always', busybox, 'true');
      await setTimeout(delay);
      if (delay % 80 === 0) await engine().output('stop', 'tireless');
      await engine().output('rm', '-f', 'tireless');
    }
    for (let round = 0; round < 10; round++) {
      await engine().output('create', '--name', 'sleeper', busybox, 'sleep', '1000');
      const starting = engine().request('POST', '/v1.51/containers/sleeper/start');
      await setTimeout(round * 8);
      assert.equal((await engine().request('DELETE', '/v1.51/containers/sleeper?force=1')).status, 204);
      await starting;
    }
    await setTimeout(200);
    assert.equal(await directories(), before);
  });

  describe('wait', () => {
    const wait = (name: string, condition?: string) =>
      engine().request(
        'POST',
        `/v1.51/containers/${name}/wait${condition === undefined ? '' : `?condition=${condition}`}`,
      );

    it('not-running answers at once when nothing runs', async () => {
      await engine().output('create', '--name', 'resting', busybox, 'sh', '-c', 'exit 6');
      assert.equal((await wait('resting')).text.trim(), '{"StatusCode":0}');
      await engine().docker(['start', '--attach', 'resting']);
      assert.equal((await wait('resting', 'not-running')).text.trim(), '{"StatusCode":6}');
      await remove('resting');
    });

    it('next-exit waits for an end that is still to come', async () => {
      await engine().output('create', '--name', 'next', busybox, 'sh', '-c', 'exit 6');
      const answer = wait('next', 'next-exit');
      let isThere = false;
      answer.then(() => {
        isThere = true;
      });
      await setTimeout(200);
      assert.equal(isThere, false);
      await engine().output('start', 'next');
      assert.equal((await answer).text.trim(), '{"StatusCode":6}');
      await remove('next');
    });

    it('removed waits for the removal', async () => {
      await engine().output('create', '--name', 'leaving', busybox, 'sh', '-c', 'exit 6');
      const answer = wait('leaving', 'removed');
      await engine().docker(['start', '--attach', 'leaving']);
      await engine().output('rm', 'leaving');
      assert.equal((await answer).text.trim(), '{"StatusCode":6}');
    });

    it('sends its head before its answer', async () => {
      await engine().output('create', '--name', 'flushed', busybox, 'true');
      const connection = await engine().connect();
      connection.socket.write(
        'POST /v1.51/containers/flushed/wait?condition=next-exit HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
      );
      await eventually('the head comes', () =>
        /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n/.test(connection.received()),
      );
      connection.socket.destroy();
      await remove('flushed');
    });

    it('refuses other conditions', async () => {
      await engine().output('create', '--name', 'odd', busybox, 'true');
      const answer = await wait('odd', 'bored');
      assert.equal(answer.status, 400);
      assert.match(answer.text, /invalid condition: \\?"bored\\?"/);
      await remove('odd');
    });
  });
});
