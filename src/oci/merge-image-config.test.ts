import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine, mergeCommands } from './command.ts';
import {
  checkEnvironment,
  DEFAULT_PATH,
  mergeEnvironment,
  overrideEnvironment,
  processEnvironment,
} from './environment.ts';
import { mergeImageConfig } from './merge-image-config.ts';

const image = { Entrypoint: ['/entry'], Cmd: ['serve', '--all'] };

/** The request's entrypoint and command, and what runs. */
const COMMANDS: [string[] | null | undefined, string[] | null | undefined, string[]][] = [
  [undefined, undefined, ['/entry', 'serve', '--all']],
  [null, [], ['/entry', 'serve', '--all']],
  [null, ['ps'], ['/entry', 'ps']],
  [['sh'], null, ['sh']],
  [['sh'], ['-c', 'ls'], ['sh', '-c', 'ls']],
  [[''], ['ls'], ['ls']],
  [[], null, ['serve', '--all']],
];

test('entrypoint and command are put together by Docker’s rules', () => {
  for (const [Entrypoint, Cmd, expected] of COMMANDS) {
    assert.deepEqual(commandLine(mergeCommands(image, { Entrypoint, Cmd })), expected);
  }
  assert.throws(() => commandLine(mergeCommands(image, { Entrypoint: [''] })), {
    message: 'no command specified',
  });
  assert.throws(() => commandLine(mergeCommands({}, {})), { message: 'no command specified' });
});

test('the request’s environment goes before the image’s', () => {
  assert.deepEqual(mergeEnvironment(['A=1', 'B=2'], ['B=3', 'C']), ['B=3', 'C', 'A=1']);
  checkEnvironment(['A=', 'B']);
  assert.throws(() => checkEnvironment(['A=1', '=x']), { message: 'invalid environment variable: =x' });
});

test('a process gets defaults unless its container sets or removes them', () => {
  const defaults = { hostname: 'box', tty: true };
  assert.deepEqual(processEnvironment(defaults, []), [`PATH=${DEFAULT_PATH}`, 'HOSTNAME=box', 'TERM=xterm']);
  assert.deepEqual(processEnvironment({ hostname: 'box', tty: false }, ['PATH=/bin', 'X=1=2', 'HOSTNAME']), [
    'PATH=/bin',
    'X=1=2',
  ]);
  assert.deepEqual(overrideEnvironment(['A=1', 'B=2'], ['A=3', 'A=4']), ['A=4', 'B=2']);
});

test('a container takes from its image what the request leaves open', () => {
  const merged = mergeImageConfig(
    {
      Image: 'app',
      User: '',
      Env: ['A=2'],
      Labels: { x: 'request' },
      ExposedPorts: { '80/tcp': {} },
      Healthcheck: { Interval: 5, Retries: 0, Test: [] },
      WorkingDir: '/here',
    },
    {
      User: 'app',
      Env: ['A=1', 'P=/bin'],
      Labels: { x: 'image', y: 'image' },
      ExposedPorts: { '443/tcp': {} },
      Volumes: { '/data': {} },
      Healthcheck: { Test: ['CMD', 'check'], Interval: 9, Retries: 3 },
      WorkingDir: '/app',
      StopSignal: 'SIGQUIT',
      Shell: ['/bin/bash', '-c'],
      ...image,
    },
  );
  assert.deepEqual(merged, {
    Image: 'app',
    User: 'app',
    Env: ['A=2', 'P=/bin'],
    Labels: { x: 'request', y: 'image' },
    ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
    Volumes: { '/data': {} },
    Healthcheck: { Test: ['CMD', 'check'], Interval: 5, Retries: 3 },
    WorkingDir: '/here',
    StopSignal: 'SIGQUIT',
    Shell: ['/bin/bash', '-c'],
    ...image,
  });
  assert.deepEqual(mergeImageConfig({ Cmd: ['sh'] }, {}), {
    Entrypoint: null,
    Cmd: ['sh'],
    User: '',
    WorkingDir: '',
    Env: [],
    Labels: {},
    ExposedPorts: null,
    Volumes: null,
  });
});
