import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FlagTable, parseFlags, UsageError } from './flags.ts';

const TABLE = {
  interactive: { kind: 'boolean', short: 'i', help: '' },
  tty: { kind: 'boolean', short: 't', help: '' },
  rm: { kind: 'boolean', help: '' },
  'sig-proxy': { kind: 'boolean', isDefault: true, help: '' },
  env: { kind: 'list', short: 'e', help: '' },
  name: { kind: 'string', help: '' },
  network: { kind: 'string', aliases: ['net'], help: '' },
  timeout: { kind: 'integer', short: '2', aliases: ['time'], help: '' },
} as const satisfies FlagTable;

const parse = (line: string, stops = true) => parseFlags(TABLE, line === '' ? [] : line.split(' '), stops);

test('what is not given is false, empty or undefined', () => {
  assert.deepEqual(parse('').flags, {
    interactive: false,
    tty: false,
    rm: false,
    'sig-proxy': true,
    env: [],
    name: undefined,
    network: undefined,
    timeout: undefined,
  });
});

test('short flags can be joined, and the last one may take a value', () => {
  const { flags, args } = parse('-it -eA=1 -e B=2 -e=C=3 -iteD=4 image');
  assert.equal(flags.interactive && flags.tty, true);
  assert.deepEqual(flags.env, ['A=1', 'B=2', 'C=3', 'D=4']);
  assert.deepEqual(args, ['image']);
});

test('long flags take their value with or without an equals sign', () => {
  const { flags } = parse('--name=a=b --net host --time 5 --rm --sig-proxy=false');
  assert.deepEqual(
    [flags.name, flags.network, flags.timeout, flags.rm, flags['sig-proxy']],
    ['a=b', 'host', 5, true, false],
  );
  assert.equal(parse('--name= x').flags.name, '');
  assert.equal(parse('--rm --rm=0').flags.rm, false);
  assert.equal(parse('-2 7').flags.timeout, 7);
  assert.equal(parse('--time -1').flags.timeout, -1);
});

test('with a command behind, nothing of it is ours', () => {
  assert.deepEqual(parse('--rm image ls --rm -it').args, ['image', 'ls', '--rm', '-it']);
  assert.deepEqual(parse('-- --rm x').args, ['--rm', 'x']);
  assert.deepEqual(parse('image -- x').args, ['image', '--', 'x']);
});

test('without, flags and arguments may be mixed', () => {
  const { flags, args } = parse('a --rm b - -- -c', false);
  assert.deepEqual([flags.rm, args], [true, ['a', 'b', '-', '-c']]);
});

test('mistakes name the flag', () => {
  const cases: [string, string][] = [
    ['--nope', 'unknown flag: --nope'],
    ['-ix', "unknown shorthand flag: 'x' in -ix"],
    ['--name', 'flag needs an argument: --name'],
    ['-e', "flag needs an argument: 'e' in -e"],
    ['-2 x', 'invalid argument "x" for "-2, --timeout" flag: expected a whole number'],
    ['--rm=maybe', 'invalid argument "maybe" for "--rm" flag: expected true or false'],
  ];
  for (const [line, message] of cases) {
    assert.throws(
      () => parse(line),
      (error) => error instanceof UsageError && error.message === message,
      line,
    );
  }
});
