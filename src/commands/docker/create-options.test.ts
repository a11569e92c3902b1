import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREATE_FLAGS, createRequest } from './create-options.ts';
import { parseFlags, UsageError } from './flags.ts';

const SURROUNDINGS = {
  environment: (name: string) => (name === 'HOME' ? '/home/rancher' : undefined),
  readText: (path: string) => (path === 'vars' ? '# comment\n\nA=1\n  B=2 3\nHOME\nNOPE\n' : 'bad name=1'),
  windowSize: () => ({ rows: 24, columns: 80 }),
};

/** The request as the engine gets it. */
function request(...words: string[]) {
  const { flags, args } = parseFlags(CREATE_FLAGS, words, true);
  const made = createRequest(flags, args, { stdin: flags.interactive, output: true }, SURROUNDINGS);
  return JSON.parse(JSON.stringify(made)) as typeof made & { HostConfig: Record<string, unknown> };
}

test('image and command', () => {
  assert.deepEqual(request('busybox').Cmd, undefined);
  const { Image, Cmd, Entrypoint } = request('--entrypoint', 'sh', 'busybox', '-c', 'ls --rm');
  assert.deepEqual([Image, Cmd, Entrypoint], ['busybox', ['-c', 'ls --rm'], ['sh']]);
  assert.deepEqual(request('--entrypoint=', 'busybox').Entrypoint, ['']);
});

test('an everyday service', () => {
  const { HostConfig, ...config } = request(
    ...['--name', 'x', '--net', 'host', '--pid=host', '--privileged', '-v', '/a:/b:ro', '-v', '/data'],
    ...[
      '--volumes-from',
      'all-volumes',
      '--restart',
      'on-failure:3',
      '-l',
      'a=b',
      '-l',
      'c',
      '-w',
      '/w',
      '-u',
      '1:2',
      'img',
    ],
  );
  assert.deepEqual(
    [HostConfig['NetworkMode'], HostConfig['PidMode'], HostConfig['Privileged'], HostConfig['Binds']],
    ['host', 'host', true, ['/a:/b:ro']],
  );
  assert.deepEqual(HostConfig['VolumesFrom'], ['all-volumes']);
  assert.deepEqual(HostConfig['RestartPolicy'], { Name: 'on-failure', MaximumRetryCount: 3 });
  assert.deepEqual(config.Volumes, { '/data': {} });
  assert.deepEqual(config.Labels, { a: 'b', c: '' });
  assert.deepEqual([config.WorkingDir, config.User], ['/w', '1:2']);
});

test('a terminal has a size, input is open once', () => {
  const { HostConfig, Tty, OpenStdin, StdinOnce, AttachStdin } = request('-it', 'img');
  assert.deepEqual([Tty, OpenStdin, StdinOnce, AttachStdin], [true, true, true, true]);
  assert.deepEqual(HostConfig['ConsoleSize'], [24, 80]);
});

test('variables: given, from our environment, from files', () => {
  assert.deepEqual(request('-e', 'A=x=y', '-e', 'HOME', '-e', 'UNSET', '--env-file', 'vars', 'img').Env, [
    ...['A=1', 'B=2 3', 'HOME=/home/rancher'],
    ...['A=x=y', 'HOME=/home/rancher'],
  ]);
});

test('limits and devices', () => {
  const { HostConfig } = request(
    ...['-m', '64m', '--memory-swap', '-1', '--cpus', '1.5', '--shm-size', '1g', '--pids-limit', '-1'],
    ...[
      '--ulimit',
      'nofile=1024:2048',
      '--ulimit',
      'core=-1',
      '--device',
      '/dev/a',
      '--device',
      '/dev/a:/dev/b:r',
    ],
    ...[
      '--device',
      '/dev/c:rw',
      '--tmpfs',
      '/t:size=1m',
      '--tmpfs',
      '/u',
      '--log-opt',
      'max-size=10m',
      'img',
    ],
  );
  assert.deepEqual(
    [HostConfig['Memory'], HostConfig['MemorySwap'], HostConfig['NanoCpus'], HostConfig['ShmSize']],
    [64 << 20, -1, 1.5e9, 2 ** 30],
  );
  assert.deepEqual(HostConfig['Ulimits'], [
    { Name: 'nofile', Soft: 1024, Hard: 2048 },
    { Name: 'core', Soft: -1, Hard: -1 },
  ]);
  assert.deepEqual(HostConfig['Devices'], [
    { PathOnHost: '/dev/a', PathInContainer: '/dev/a', CgroupPermissions: 'rwm' },
    { PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'r' },
    { PathOnHost: '/dev/c', PathInContainer: '/dev/c', CgroupPermissions: 'rw' },
  ]);
  assert.deepEqual(HostConfig['Tmpfs'], { '/t': 'size=1m', '/u': '' });
  assert.deepEqual(HostConfig['LogConfig'], { Type: '', Config: { 'max-size': '10m' } });
});

test('mounts', () => {
  const { HostConfig } = request(
    ...['--mount', 'type=bind,src=/a,dst=/b,readonly', '--mount', 'source=v,target=/v,volume-nocopy'],
    ...['--mount', 'type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1777', 'img'],
  );
  assert.deepEqual(HostConfig['Mounts'], [
    { Type: 'bind', Source: '/a', Target: '/b', ReadOnly: true },
    { Type: 'volume', Source: 'v', Target: '/v', VolumeOptions: { NoCopy: true } },
    { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1 << 20, Mode: 0o1777 } },
  ]);
});

test('mistakes are named', () => {
  const cases: [string[], RegExp][] = [
    [['-m', '5q'], /invalid size "5q" for --memory/],
    [['--cpus', 'x'], /invalid number "x" for --cpus/],
    [['--restart', 'sometimes'], /invalid restart policy "sometimes"/],
    [['--restart', 'always:3'], /invalid restart policy "always:3"/],
    [['--rm', '--restart', 'always'], /cannot specify both/],
    [['--ulimit', 'foo'], /invalid ulimit "foo"/],
    [['--device', 'sda'], /invalid device "sda"/],
    [['--mount', 'type=bind,dst=/b'], /needs a source/],
    [['--mount', 'type=nfs,dst=/b'], /the type is one of/],
    [['--mount', 'src=a'], /target is missing/],
    [['--mount', 'dst=/b,what=ever'], /cannot understand "what=ever"/],
    [['-e', '=x'], /invalid environment variable "=x"/],
    [['--env-file', 'bad'], /bad:1: variable "bad name" contains whitespace/],
  ];
  for (const [words, message] of cases) {
    assert.throws(
      () => request(...words, 'img'),
      (error) => error instanceof UsageError && message.test(error.message),
      words.join(' '),
    );
  }
});
