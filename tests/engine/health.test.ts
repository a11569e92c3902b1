/** Health checks: `--health-*` and what shows of them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

describe('health checks', () => {
  const engine = useEngine();
  const status = (name: string) => engine().inspect(name, '{{.State.Health.Status}}');
  const becomes = (name: string, wanted: string) =>
    eventually(`${name} is ${wanted}`, async () => (await status(name)) === wanted);
  const run = (name: string, options: string[], ...command: string[]) =>
    engine().output('run', '-d', '--name', name, '--stop-timeout', '0', ...options, busybox, ...command);

  describe('of a container that gets ill', () => {
    let since = '';
    before(async () => {
      since = String(Date.now() / 1000);
      const options = ['--health-cmd', 'echo checked; test -e /tmp/well', '--health-interval', '100ms'];
      await run('patient', [...options, '--health-retries', '2'], 'sh', '-c', 'touch /tmp/well; sleep 1000');
    });
    after(() => engine().output('rm', '-f', 'patient'));

    it('begin as starting, after one interval', async () => {
      await becomes('patient', 'healthy');
      const [log] = JSON.parse(await engine().inspect('patient', '{{json .State.Health.Log}}'));
      assert.equal(log.ExitCode, 0);
      assert.equal(log.Output, 'checked\n');
      assert.ok(Date.parse(log.Start) <= Date.parse(log.End));
      const started = Date.parse(await engine().inspect('patient', '{{.State.StartedAt}}'));
      assert.ok(Date.parse(log.Start) - started >= 90);
    });

    it('show in ps and in its filter', async () => {
      assert.match(await engine().output('ps', '--format', '{{.Status}}'), /^Up .* \(healthy\)$/);
      assert.equal(await engine().output('ps', '-q', '--filter', 'health=unhealthy'), '');
      assert.equal(
        await engine().output('ps', '--format', '{{.Names}}', '--filter', 'health=healthy'),
        'patient',
      );
      const wrong = await engine().docker(['ps', '--filter', 'health=so-so']);
      assert.match(
        wrong.stderr,
        /invalid value for health \(so-so\): must be one of none, starting, healthy, unhealthy/,
      );
    });

    it('become unhealthy after the retries, and healthy again', async () => {
      await engine().output('exec', 'patient', 'rm', '/tmp/well');
      await becomes('patient', 'unhealthy');
      assert.ok(Number(await engine().inspect('patient', '{{.State.Health.FailingStreak}}')) >= 2);
      assert.match(await engine().output('ps', '--format', '{{.Status}}'), /\(unhealthy\)$/);
      await engine().output('exec', 'patient', 'touch', '/tmp/well');
      await becomes('patient', 'healthy');
      assert.equal(await engine().inspect('patient', '{{len .State.Health.Log}}'), '5');
    });

    it('are told as events', async () => {
      const events = [
        'events',
        '--since',
        since,
        '--until',
        String(Date.now() / 1000),
        '--format',
        '{{.Action}}',
      ];
      const health = await engine().output(...events, '--filter', 'event=health_status');
      assert.deepEqual(health.split('\n'), [
        'health_status: healthy',
        'health_status: unhealthy',
        'health_status: healthy',
      ]);
      const execs = await engine().output(...events, '--filter', 'event=exec_start');
      assert.match(execs, /^exec_start: \/bin\/sh -c echo checked; test -e \/tmp\/well$/m);
    });

    it('rest while the container is paused or stopped', async () => {
      await engine().output('pause', 'patient');
      assert.equal(await status('patient'), 'unhealthy');
      await engine().output('unpause', 'patient');
      await becomes('patient', 'healthy');
      await engine().output('stop', 'patient');
      assert.equal(await status('patient'), 'unhealthy');
      await engine().output('start', 'patient');
      // It begins anew; by the time that the client has started, it may have been probed.
      assert.match(await engine().output('ps', '--format', '{{.Status}}'), /\((health: starting|healthy)\)$/);
      await becomes('patient', 'healthy');
    });
  });

  it('are ended when they take too long', async () => {
    const options = ['--health-cmd', 'echo slow; exec sleep 100', '--health-interval', '50ms'];
    await run('slow', [...options, '--health-timeout', '300ms', '--health-retries', '1'], 'sleep', '1000');
    await becomes('slow', 'unhealthy');
    const [log] = JSON.parse(await engine().inspect('slow', '{{json .State.Health.Log}}'));
    assert.deepEqual([log.ExitCode, log.Output], [-1, 'Health check exceeded timeout (300ms): slow\n']);
    await engine().output('rm', '-f', 'slow');
  });

  it('forgive what happens in the start period', async () => {
    const options = ['--health-cmd', 'exit 1', '--health-retries', '1', '--health-interval', '1h'];
    const start = ['--health-start-period', '1h', '--health-start-interval', '50ms'];
    await run('young', [...options, ...start], 'sleep', '1000');
    await eventually(
      'five probes',
      async () => (await engine().inspect('young', '{{len .State.Health.Log}}')) === '5',
    );
    assert.equal(await status('young'), 'starting');
    await engine().output('rm', '-f', 'young');
  });

  it('keep 4096 bytes of what a probe prints', async () => {
    await run(
      'chatty',
      ['--health-cmd', 'yes | head -c 100000', '--health-interval', '50ms'],
      'sleep',
      '1000',
    );
    await becomes('chatty', 'healthy');
    const [log] = JSON.parse(await engine().inspect('chatty', '{{json .State.Health.Log}}'));
    assert.equal(log.Output, `${'y\n'.repeat(2048)}...`);
    await engine().output('rm', '-f', 'chatty');
  });

  it('can be a program that does not exist', async () => {
    const { text } = await engine().request('POST', '/containers/create?name=odd', {
      body: {
        Image: busybox,
        Cmd: ['sleep', '1000'],
        Healthcheck: { Test: ['CMD', '/no/such'], Interval: 50e6, Retries: 1 },
      },
    });
    assert.match(text, /"Id"/);
    await engine().output('start', 'odd');
    await becomes('odd', 'unhealthy');
    const [log] = JSON.parse(await engine().inspect('odd', '{{json .State.Health.Log}}'));
    assert.equal(log.ExitCode, -1);
    assert.match(log.Output, /no such file or directory/);
    await engine().output('rm', '-f', 'odd');
  });

  it('go on when the engine is replaced', async () => {
    const options = [
      '--health-cmd',
      'test -e /tmp/well',
      '--health-interval',
      '50ms',
      '--health-retries',
      '1',
    ];
    await run('watched', options, 'sh', '-c', 'touch /tmp/well; sleep 1000');
    await becomes('watched', 'healthy');
    await engine().inMachine('DOCKER_HOST=unix:///run/sockets/docker.sock system-docker engine reexec');
    assert.equal(await status('watched'), 'healthy');
    await engine().output('exec', 'watched', 'rm', '/tmp/well');
    await becomes('watched', 'unhealthy');
    await engine().output('rm', '-f', 'watched');
  });

  it('are refused with impossible times', async () => {
    const body = { Image: busybox, Healthcheck: { Test: ['CMD', 'true'], Interval: 10 } };
    const { status, text } = await engine().request('POST', '/containers/create', { body });
    assert.equal(status, 400);
    assert.equal(JSON.parse(text).message, 'Interval in Healthcheck cannot be less than 1ms');
  });

  it('are not there unless asked for', async () => {
    await run('plain', ['--no-healthcheck'], 'sleep', '1000');
    assert.equal(await engine().inspect('plain', '{{json .State.Health}}'), 'null');
    assert.equal(
      await engine().output('ps', '-q', '--no-trunc', '--filter', 'health=none'),
      await engine().inspect('plain', '{{.Id}}'),
    );
    await engine().output('rm', '-f', 'plain');
  });
});
