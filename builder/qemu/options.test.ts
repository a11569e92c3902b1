import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRunOptions, UsageError } from './options.ts';

test('without options: kernel and initrd, 1024 MiB, two processors', () => {
  assert.deepEqual(parseRunOptions([]), {
    memory: 1024,
    cpus: 2,
    boot: 'kernel',
    uefi: false,
    append: '',
    diskSize: 8192,
    forwards: [],
    headless: false,
  });
});

test('memory is in MiB, or in GiB with G', () => {
  for (const [text, memory] of [
    ['128', 128],
    ['512M', 512],
    ['2G', 2048],
  ] as const) {
    const options = parseRunOptions(['--memory', text]);
    assert.ok(options !== 'help');
    assert.equal(options.memory, memory);
  }
});

test('--forward may be repeated', () => {
  const options = parseRunOptions(['--forward', '8080:80', '--forward', '4433:443']);
  assert.ok(options !== 'help');
  assert.deepEqual(options.forwards, [
    { host: 8080, guest: 80 },
    { host: 4433, guest: 443 },
  ]);
});

test('--help wins over everything that parses', () => {
  assert.equal(parseRunOptions(['--help', '--memory', 'much']), 'help');
});

for (const [words, message] of [
  [['--memory', 'much'], /^--memory much: expected/],
  [['--memory', '0'], /^--memory 0: expected/],
  [['--cpus', '0'], /^--cpus 0: expected/],
  [['--forward', '80'], /^--forward 80: expected HOST:GUEST/],
  [['--forward', '0:80'], /^--forward 0:80/],
  [['--forward', '80:65536'], /^--forward 80:65536/],
  [['--kernel', 'tiny'], /^--kernel tiny: not supported yet/],
  [['--edition', 'full'], /^--edition full: not supported yet/],
  [['--iso', '--append', 'quiet'], /^--append: cannot be given with --iso/],
  [['--colour'], /^Unknown option '--colour'$/],
  [['box'], /^Unexpected argument 'box'/],
] as const) {
  test(`${words.join(' ')} is refused by name`, () => {
    assert.throws(
      () => parseRunOptions(words),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  });
}
