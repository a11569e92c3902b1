/** `docker logs`: what is kept, chosen, followed and rotated. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { busybox } from '../system/busybox.ts';
import { outputOf } from '../system/process.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

describe('logs', () => {
  const engine = useEngine();
  const remove = (name: string) => engine().output('rm', '--force', name);
  const logs = async (...words: string[]) => outputOf(await engine().docker(['logs', ...words]));
  /** Runs a script to its end in a container that stays. */
  const ran = async (name: string, options: string[], script: string) => {
    await engine().docker(['run', '--name', name, ...options, busybox, 'sh', '-c', script]);
  };

  it('keeps both streams, and gives the one that is asked for', async () => {
    await ran('both', [], 'echo o1; echo e1 >&2; echo o2; echo e2 >&2; printf unfinished');
    assert.deepEqual(await engine().docker(['logs', 'both']), {
      status: 0,
      stdout: 'o1\no2\nunfinished',
      stderr: 'e1\ne2\n',
    });
    const answer = await engine().request('GET', '/containers/both/logs?stderr=1');
    assert.equal(answer.headers['content-type'], 'application/vnd.docker.multiplexed-stream');
    assert.equal(answer.body.toString('latin1'), '\x02\0\0\0\0\0\0\x03e1\n\x02\0\0\0\0\0\0\x03e2\n');
    const neither = await engine().request('GET', '/containers/both/logs');
    assert.equal(neither.status, 400);
    assert.equal(neither.text.trim(), '{"message":"Bad parameters: you must choose at least one stream"}');
    await remove('both');
  });

  it('keeps them in the order in which they were written', async () => {
    await ran('order', ['-t'], 'for i in 1 2 3; do echo out-$i; echo err-$i >&2; done');
    assert.equal(await logs('order'), 'out-1\r\nerr-1\r\nout-2\r\nerr-2\r\nout-3\r\nerr-3');
    await remove('order');
  });

  it('chooses the last lines', async () => {
    await ran('tailed', [], 'seq 1 10000');
    assert.equal(await logs('--tail', '3', 'tailed'), '9998\n9999\n10000');
    assert.equal(await logs('--tail', '0', 'tailed'), '');
    assert.equal((await logs('--tail', '9999', 'tailed')).split('\n')[0], '2');
    assert.equal((await logs('--tail', '99999', 'tailed')).split('\n').length, 10_000);
    assert.equal((await logs('--tail', 'all', 'tailed')).split('\n').length, 10_000);
    await remove('tailed');
  });

  it('chooses by time', async () => {
    await ran('timed', [], 'echo early; sleep 1; echo late');
    const stamped = await logs('--timestamps', 'timed');
    const [, early = '', late = ''] = /^(\S+Z) early\n(\S+Z) late$/.exec(stamped) ?? [];
    assert.match(early, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    assert.ok(early < late, stamped);
    assert.equal(await logs('--since', late, 'timed'), 'late');
    assert.equal(await logs('--until', early, 'timed'), 'early');
    assert.equal(await logs('--since', '1h', 'timed'), 'early\nlate');
    assert.equal(await logs('--until', '1h', 'timed'), '');
    assert.equal(await logs('--since', early, '--until', late, 'timed'), 'early\nlate');
    await remove('timed');
  });

  it('splits nothing that a client sees: long lines, binary, no newline', async () => {
    const script = "head -c 100000 /dev/zero | tr '\\0' x; echo; printf '\\303\\251 \\377 \\0 end'";
    await ran('odd', [], script);
    const { stdout } = await engine().docker(['logs', 'odd']);
    assert.equal(stdout.slice(0, 100_001), `${'x'.repeat(100_000)}\n`);
    assert.match(stdout.slice(100_001), /^é . \0 end$/);
    await remove('odd');
  });

  it('is written as json-file does', async () => {
    await ran('filed', [], 'echo "a \\"quoted\\" line"; echo e >&2');
    const path = await engine().inspect('filed', '{{.LogPath}}');
    const lines = (await engine().inMachine(`sort ${path}`)).split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ log, stream }) => [log, stream]),
      [
        ['a "quoted" line\n', 'stdout'],
        ['e\n', 'stderr'],
      ],
    );
    assert.match(lines[0].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z$/);
    await remove('filed');
  });

  it('follows until the container ends', async () => {
    const script = 'for i in 1 2 3 4 5; do echo tick-$i; sleep 0.1; done';
    await engine().output('run', '-d', '--name', 'ticking', busybox, 'sh', '-c', script);
    assert.equal(await logs('--follow', 'ticking'), 'tick-1\ntick-2\ntick-3\ntick-4\ntick-5');
    assert.equal(await logs('--follow', '--tail', '1', 'ticking'), 'tick-5');
    await remove('ticking');
  });

  it('follows from the last line on, before anything is written, and across lines in pieces', async () => {
    const script = 'read go; printf first; sleep 0.2; echo -half; read go; echo second';
    await engine().output('run', '-di', '--name', 'later', busybox, 'sh', '-c', script);
    const following = engine().docker(['logs', '--follow', 'later']);
    await setTimeout(200);
    await engine().docker(['attach', 'later'], { input: 'go\ngo\n' });
    assert.equal(outputOf(await following), 'first-half\nsecond');
    await remove('later');
  });

  it('loses and repeats no line when followed across rotations', async () => {
    const script =
      'until [ -e /go ]; do usleep 10000; done; i=0; while [ $i -lt 3000 ]; do echo line-$i; i=$((i + 1)); [ $((i % 50)) = 0 ] && usleep 5000; done';
    const limits = ['--log-opt', 'max-size=20k', '--log-opt', 'max-file=3'];
    await engine().output('create', '--name', 'turning', ...limits, busybox, 'sh', '-c', script);
    await engine().output('start', 'turning');
    // The lines come when somebody follows: how long a client takes to do so depends on what else the machine does.
    const container = engine().api.getContainer('turning');
    const frames = await container.logs({ follow: true, stdout: true });
    const output = new PassThrough();
    container.modem.demuxStream(frames, output, output);
    frames.on('end', () => output.end());
    const followed = text(output);
    await engine().output('exec', 'turning', 'touch', '/go');
    assert.equal(
      (await followed).trimEnd(),
      Array.from({ length: 3000 }, (_, index) => `line-${index}`).join('\n'),
    );
    const path = await engine().inspect('turning', '{{.LogPath}}');
    const sizes = (await engine().inMachine(`stat -c '%s %n' ${path}*`)).split('\n');
    assert.equal(sizes.length, 3, sizes.join('\n'));
    for (const line of sizes) assert.ok(Number.parseInt(line, 10) <= 20 * 1024 + 8192, line);
    assert.equal(await logs('--tail', '2', 'turning'), 'line-2998\nline-2999');
    assert.ok((await logs('turning')).split('\n').length > 200);
    await remove('turning');
  });

  it('begins anew with max-file=1', async () => {
    const options = ['--log-opt', 'max-size=1k', '--log-opt', 'max-file=1'];
    await ran('single', options, 'for i in $(seq 1 100); do echo $i; usleep 1000; done');
    const path = await engine().inspect('single', '{{.LogPath}}');
    assert.equal(await engine().inMachine(`ls ${path}*`), path);
    assert.match(await logs('single'), /^100$/m);
    await remove('single');
  });

  it('goes on after a restart of the container', async () => {
    await ran('again', [], 'echo run');
    await engine().docker(['start', '--attach', 'again']);
    assert.equal(await logs('again'), 'run\nrun');
    await remove('again');
  });

  it('ends following when the client goes', async () => {
    await engine().output(
      'run',
      '-d',
      '--name',
      'endless',
      busybox,
      'sh',
      '-c',
      'while true; do echo x; sleep 0.1; done',
    );
    const open = async () => Number(await engine().inMachine('ls -l /proc/1/fd | grep -c json.log'));
    const before = await open();
    const connection = await engine().connect();
    connection.socket.write('GET /containers/endless/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually('lines come', () => connection.received().includes('x\n'));
    assert.equal(await open(), before + 1);
    connection.socket.destroy();
    await eventually('the log is closed', async () => (await open()) === before);
    await remove('endless');
  });

  it('keeps the log of the driver local, which docker-compose files ask for', async () => {
    await ran('localised', ['--log-driver', 'local', '--log-opt', 'max-file=2'], 'echo x');
    assert.equal(await engine().output('logs', 'localised'), 'x');
    assert.equal(
      await engine().inspect('localised', '{{.HostConfig.LogConfig.Type}} [{{.LogPath}}]'),
      'local []',
    );
    await remove('localised');
    assert.match(await engine().output('info', '--format', '{{.Plugins.Log}}'), /^\[json-file local none\]$/);
    const option = await engine().docker(['create', '--log-driver', 'local', '--log-opt', 'x=y', busybox]);
    assert.match(option.stderr, /unknown log opt 'x' for local log driver/);
  });

  it('refuses what it cannot do', async () => {
    await ran('silent', ['--log-driver', 'none'], 'echo x');
    const none = await engine().request('GET', '/containers/silent/logs?stdout=1');
    assert.equal(none.status, 501);
    assert.match(none.text, /configured logging driver does not support reading/);
    await remove('silent');
    const driver = await engine().docker(['run', '--rm', '--log-driver', 'fluentd', busybox, 'true']);
    assert.equal(driver.status, 125);
    assert.match(driver.stderr, /logger: no log driver named 'fluentd' is registered/);
    const option = await engine().docker(['run', '--rm', '--log-opt', 'colour=red', busybox, 'true']);
    assert.match(option.stderr, /unknown log opt 'colour' for json-file log driver/);
    const size = await engine().docker(['run', '--rm', '--log-opt', 'max-size=big', busybox, 'true']);
    assert.match(size.stderr, /invalid size: 'big'/);
  });

  it('survives a log that was damaged from outside', async () => {
    await ran('damaged', [], 'echo one; echo two');
    const path = await engine().inspect('damaged', '{{.LogPath}}');
    await engine().inMachine(
      `printf '{"log":"broken\\n\\n[]\\n{}\\nnull\\n' >> ${path}; printf '\\0\\0\\0' >> ${path}`,
    );
    assert.equal(await logs('damaged'), 'one\ntwo');
    assert.equal(
      await logs('--tail', '100', '--timestamps', '--since', '1h', 'damaged').then(
        (text) => text.split('\n').length,
      ),
      2,
    );
    await remove('damaged');
  });
});
