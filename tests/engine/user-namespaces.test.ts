/** `--userns-remap`: root in containers is somebody else outside. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { outputOf } from '../system/process.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';
import { systemImage } from './root-tree.ts';

describe('--userns-remap', () => {
  const engine = useEngine({ cutsPower: true, daemonArguments: ['--userns-remap', 'default'] });
  const run = (...words: string[]) => engine().output('run', '--rm', ...words);
  const shell = (script: string, ...options: string[]) => run(...options, busybox, 'sh', '-ec', script);
  const remove = (name: string) => engine().output('rm', '--force', '--volumes', name);

  it('gives containers users of their own', async () => {
    const map = (await run(busybox, 'cat', '/proc/self/uid_map', '/proc/self/gid_map')).match(/\d+/g);
    assert.deepEqual(map, ['0', '100000', '65536', '0', '100000', '65536']);
    assert.equal(await run(busybox, 'id', '-u'), '0');
    assert.match(await engine().output('info', '--format', '{{.SecurityOptions}}'), /name=userns/);
  });

  it('runs their processes as others, and gives them nothing of the machine', async () => {
    await engine().output('run', '--detach', '--name', 'outside', '--user', '5:7', busybox, 'sleep', '1000');
    const pid = await engine().inspect('outside', '{{.State.Pid}}');
    assert.match(await engine().inMachine(`cat /proc/${pid}/status`), /^Uid:\t100005\t.*\nGid:\t100007\t/m);
    assert.equal(await engine().output('exec', '--user', '0', 'outside', 'id', '-u'), '0');
    assert.match(await engine().output('top', 'outside'), /^100005 /m);
    await remove('outside');
    await engine().inMachine('echo secret >/var/secret; chmod 600 /var/secret');
    const read = await engine().docker([
      'run',
      '--rm',
      '-v',
      '/var/secret:/secret',
      busybox,
      'cat',
      '/secret',
    ]);
    assert.match(read.stderr, /Permission denied/);
  });

  for (const image of [busybox, systemImage]) {
    it(`shows the files of ${image} as they are in it, and lets root change them`, async () => {
      const script =
        'stat -c %u:%g / /bin /bin/busybox; touch /bin/new; chown 3:4 /bin/new; stat -c %u:%g /bin/new; rm /bin/busybox';
      assert.equal(await run(image, 'sh', '-ec', script), '0:0\n0:0\n0:0\n3:4');
    });
  }

  it('lets root write what the engine mounts', async () => {
    await shell(
      `
      for place in /etc/hosts /etc/hostname /etc/resolv.conf; do stat -c %u $place; echo '# x' >>$place; done
      echo x >/dev/stdout; echo x >/dev/stderr; echo x >/dev/null
      touch /dev/shm/x /tmpfs/x; head -c 1 /dev/urandom >/tmpfs/x`,
      '--tmpfs',
      '/tmpfs',
    );
    assert.equal(
      await run(
        '--ipc',
        'shareable',
        busybox,
        'sh',
        '-c',
        'touch /dev/shm/x; stat -c %u /dev/shm /dev/shm/x',
      ),
      '0\n0',
    );
    assert.match(await run('-t', busybox, 'sh', '-c', 'tty; stat -c %u $(tty)'), /^\/dev\/pts\/0\s+0$/);
    assert.equal(await run('--read-only', '--user', '9', busybox, 'id', '-u'), '9');
  });

  it('takes the options that containers have elsewhere', async () => {
    const options = ['--init', '--ulimit', 'nofile=2048:4096', '--oom-score-adj', '100'];
    const rights = [
      '--device',
      '/dev/full:/dev/other',
      '--security-opt',
      'no-new-privileges',
      '--group-add',
      '50',
    ];
    const script =
      'ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj; id -G; stat -c %t:%T /dev/other; echo >/dev/other';
    const { status, stdout, stderr } = await engine().docker([
      ...['run', '--rm', ...options, ...rights, busybox, 'sh', '-c', script],
    ]);
    assert.equal(stdout, '2048\n4096\n100\n0 50\n1:7\n');
    assert.equal(status, 1);
    assert.match(stderr, /No space left/);
  });

  it('gives volumes to root of containers', async () => {
    await shell('echo x >/v/file; mkdir /v/d; chown 8:9 /v/d', '-v', 'vol:/v');
    const place = await engine().output('volume', 'inspect', '--format', '{{.Mountpoint}}', 'vol');
    assert.equal(
      await engine().inMachine(`stat -c %u:%g ${place} ${place}/file ${place}/d`),
      '100000:100000\n100000:100000\n100008:100009',
    );
    assert.equal(await shell('stat -c %u:%g /v/file /v/d', '-v', 'vol:/v'), '0:0\n8:9');
    await engine().output('volume', 'rm', 'vol');

    // One that is filled with what the image has there, and a directory of the machine.
    assert.equal(await shell('stat -c %u:%g /etc /etc/passwd', '-v', 'filled:/etc'), '0:0\n0:0');
    await engine().output('volume', 'rm', 'filled');
    await shell('echo x >/v/file', '-v', '/var/made:/v');
    assert.equal(await engine().inMachine('stat -c %u:%g /var/made/file; rm -r /var/made'), '100000:100000');
  });

  it('has networks', async () => {
    await engine().output('network', 'create', 'net');
    await engine().output('run', '-d', '--name', 'server', '--network', 'net', busybox, 'sleep', '1000');
    assert.match(await run('--network', 'net', busybox, 'ping', '-c', '1', 'server'), /1 packets received/);
    await shell('ip addr add 10.9.9.9/32 dev lo', '--cap-add', 'NET_ADMIN');
    assert.equal(await run('--network', 'none', busybox, 'ls', '/sys/class/net'), 'lo');
    assert.match(await run('--network', 'none', busybox, 'ip', 'addr'), /inet 127\.0\.0\.1/);
    const inOther = ['--network', 'container:server', '--pid', 'container:server'];
    assert.match(
      await run(...inOther, busybox, 'sh', '-c', 'ip addr show eth0; ps'),
      /inet 172[\s\S]*sleep 1000/,
    );
    assert.equal(
      await shell('cat /proc/sys/net/ipv4/ip_unprivileged_port_start', '--sysctl', 'net.ipv4.ip_forward=1'),
      '0',
    );
    await remove('server');
    await engine().output('network', 'rm', 'net');
  });

  it('copies both ways with the ids of containers', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'paddock-userns-'));
    try {
      await writeFile(join(scratch, 'file'), 'content');
      await engine().output('run', '-d', '--name', 'copy', '-v', 'copied:/v', busybox, 'sleep', '1000');
      for (const directory of ['/root', '/v']) {
        await engine().output('cp', join(scratch, 'file'), `copy:${directory}/file`);
        const owner = ['exec', 'copy', 'stat', '-c', '%u', `${directory}/file`];
        assert.equal(await engine().output(...owner), String(process.getuid?.()));
        await engine().output('exec', 'copy', 'chown', '11:12', `${directory}/file`);
        const answer = await engine()
          .inMachine('true')
          .then(() => engine().docker(['cp', `copy:${directory}/file`, '-']));
        assert.equal(answer.stdout.slice(108, 123), '0000013\x000000014');
      }
      await engine().output('stop', '--time', '0', 'copy');
      await engine().output('cp', join(scratch, 'file'), 'copy:/root/later');
      await engine().output('start', 'copy');
      assert.equal(await engine().output('exec', 'copy', 'cat', '/root/later'), 'content');
      assert.match(await engine().output('diff', 'copy'), /^A \/root\/later$/m);
      await remove('copy');
      await engine().output('volume', 'rm', 'copied');
    } finally {
      await rm(scratch, { recursive: true });
    }
  });

  it('commits, exports and builds with the ids of containers', async () => {
    await engine().output(
      'run',
      '--name',
      'change',
      busybox,
      'sh',
      '-c',
      'touch /new; chown 21:22 /new; rm /etc/group',
    );
    const exported = join(tmpdir(), `paddock-userns-${process.pid}.tar`);
    try {
      await engine().output('export', '--output', exported, 'change');
      await engine().output('import', exported, 'imported');
    } finally {
      await rm(exported, { force: true });
    }
    await engine().output('commit', 'change', 'committed');
    await remove('change');
    const dockerfile =
      'FROM committed\nRUN touch /run-file && chown 23:24 /run-file\nCOPY --chown=25:26 --from=committed /new /copy\n';
    outputOf(
      await engine().docker(['build', '--tag', 'built', '-'], {
        input: dockerfile,
        environment: { ...engine().clientEnvironment, DOCKER_BUILDKIT: '0' },
      }),
    );
    // With the machine's users everything is as it lies in the layers.
    const owners = (image: string, ...files: string[]) =>
      run('--userns', 'host', image, 'stat', '-c', '%u:%g', ...files);
    assert.equal(await owners('imported', '/', '/new', '/bin/busybox'), '0:0\n21:22\n0:0');
    assert.equal(await owners('built', '/new', '/run-file', '/copy'), '21:22\n23:24\n25:26');
    assert.equal(await shell('true'), '');
    assert.equal(
      await run('built', 'stat', '-c', '%u:%g', '/new', '/run-file', '/copy'),
      '21:22\n23:24\n25:26',
    );
    await engine().output('rmi', 'built', 'committed', 'imported');
  });

  it('keeps them when another program takes over', async () => {
    await engine().output(
      'run',
      '-d',
      '--name',
      'kept',
      busybox,
      'sh',
      '-c',
      'touch /before; exec sleep 1000',
    );
    await eventually('it has begun', async () => (await engine().output('diff', 'kept')).includes('/before'));
    const mounts = () => engine().inMachine('grep -c " /run/system-docker/remapped/" /proc/mounts');
    const before = await mounts();
    await engine().inMachine('DOCKER_HOST=unix:///run/sockets/docker.sock system-docker engine reexec');
    const inside = await engine().output(
      'exec',
      'kept',
      'sh',
      '-c',
      'id -u; touch /after; stat -c %u /before /after',
    );
    assert.equal(inside, '0\n0\n0');
    assert.match(await run('--network', 'container:kept', busybox, 'ip', 'addr', 'show', 'eth0'), /inet 172/);
    await engine().output('restart', '--time', '0', 'kept');
    assert.equal(await engine().output('exec', 'kept', 'stat', '-c', '%u', '/after'), '0');
    assert.equal(await mounts(), before);
    await remove('kept');
  });

  it('leaves the machine’s users to who asks for them', async () => {
    const host = ['--userns', 'host'];
    assert.match(await run(...host, busybox, 'cat', '/proc/self/uid_map'), /^\s*0\s+0\s+4294967295$/);
    assert.equal(
      await run(...host, '--privileged', '--network', 'host', '--pid', 'host', busybox, 'id', '-u'),
      '0',
    );
    await engine().output('create', '--name', 'host', ...host, busybox);
    assert.equal(await engine().inspect('host', '{{.HostConfig.UsernsMode}}'), 'host');
    await remove('host');
  });

  it('refuses what cannot be', async () => {
    const refusals = [
      [['--privileged'], /privileged mode is incompatible with user namespaces/],
      [['--network', 'host'], /cannot share the host's network namespace when user namespaces are enabled/],
      [['--pid', 'host'], /cannot share the host PID namespace when user namespaces are enabled/],
    ] as const;
    for (const [options, message] of refusals) {
      const { status, stderr } = await engine().docker(['create', ...options, busybox]);
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
    const { status, text } = await engine().request('POST', '/containers/create', {
      body: { Image: busybox, HostConfig: { UsernsMode: 'private' } },
    });
    assert.equal(status, 400);
    assert.match(text, /invalid user namespace mode/);

    await engine().output('run', '-d', '--name', 'donor', '--userns', 'host', busybox, 'sleep', '1000');
    const joined = await engine().docker(['run', '--rm', '--network', 'container:donor', busybox, 'true']);
    assert.equal(joined.status, 125);
    assert.match(joined.stderr, /container donor, which is in the host's user namespace/);
    await remove('donor');
  });

  it('probes their health, logs and starts them again', async () => {
    const options = [
      '--health-cmd',
      'test $(id -u) = 0',
      '--health-interval',
      '100ms',
      '--restart',
      'always',
    ];
    await engine().output(
      'run',
      '-d',
      '--name',
      'well',
      ...options,
      busybox,
      'sh',
      '-c',
      'echo up; exec sleep 1000',
    );
    await eventually(
      'it is healthy',
      async () => (await engine().inspect('well', '{{.State.Health.Status}}')) === 'healthy',
    );
    await engine().output('restart', '--time', '0', 'well');
    assert.equal(await engine().output('logs', 'well'), 'up\nup');
    const started = () => engine().inspect('well', '{{.State.Running}} {{.State.StartedAt}}');
    const before = await started();
    await engine().cutPower();
    await engine().switchOn();
    await eventually('it runs again', async () => {
      const now = await started();
      return now.startsWith('true') && now !== before;
    });
    // A disk may not have got the last lines before the power went.
    await eventually('it writes', async () => /^up(\nup){0,2}$/.test(await engine().output('logs', 'well')));
    await remove('well');
  });
});
