import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKernelCommandLine } from './kernel-command-line.ts';

/** The settings of a line as `key=JSON`. */
const settings = (line: string) =>
  parseKernelCommandLine(line).settings.map(
    ({ path, value }) => `${path.join('.')}=${JSON.stringify(value)}`,
  );

for (const [what, line, expected] of [
  ['a word without = is true', 'rancher.debug', ['rancher.debug=true']],
  ['other words are left alone', 'quiet root=/dev/sda1 ranchers.x=1 cc=1 console=tty0', []],
  ['cc. is no part of the key', 'cc.hostname=box', ['hostname="box"']],
  ['numbers', 'rancher.a=5 rancher.b=-1.5', ['rancher.a=5', 'rancher.b=-1.5']],
  ['booleans and nothing', 'rancher.a=false rancher.b=~', ['rancher.a=false', 'rancher.b=null']],
  ['an empty value is text', 'rancher.a=', ['rancher.a=""']],
  ['quotes make text', `rancher.a="5" rancher.b='true'`, ['rancher.a="5"', 'rancher.b="true"']],
  [
    'quotes protect blanks',
    `rancher.a="b c" rancher.d='e "f" g'`,
    ['rancher.a="b c"', 'rancher.d="e \\"f\\" g"'],
  ],
  ['quotes behind a backslash', `rancher.a="b \\"c\\" d"`, ['rancher.a="b \\"c\\" d"']],
  [
    'a quote within a word is a letter',
    `rancher.a=it's rancher.b=it's`,
    [`rancher.a="it's"`, `rancher.b="it's"`],
  ],
  ['lists', 'rancher.a=[1,two,true]', ['rancher.a=[1,"two",true]']],
  ['lists with blanks and quotes', `rancher.a=[a,'b c', "d,]e"]`, ['rancher.a=["a","b c","d,]e"]']],
  ['lists in lists', 'rancher.a=[[1,2],[]]', ['rancher.a=[[1,2],[]]']],
  [
    'colons and question marks are letters',
    'rancher.a=[unix:///run/x.sock,tcp://0.0.0.0:1] rancher.b=http://h/?q=1 rancher.c=a:b',
    ['rancher.a=["unix:///run/x.sock","tcp://0.0.0.0:1"]', 'rancher.b="http://h/?q=1"', 'rancher.c="a:b"'],
  ],
  [
    'a word that GRUB put into quotes',
    `"cc.ssh_authorized_keys=[\\"ssh-ed25519 AAAA= me\\"]" "rancher.a=b c"`,
    ['ssh_authorized_keys=["ssh-ed25519 AAAA= me"]', 'rancher.a="b c"'],
  ],
  ['repeated words stay in order', 'rancher.a=1 rancher.a=2', ['rancher.a=1', 'rancher.a=2']],
  [
    'numbers that JavaScript cannot hold stay text',
    'rancher.a=123456789012345678901',
    ['rancher.a="123456789012345678901"'],
  ],
  ['blanks and line breaks between words', '  rancher.a=1\t rancher.b=2\n', ['rancher.a=1', 'rancher.b=2']],
] as const) {
  test(`parseKernelCommandLine(): ${what}`, () => assert.deepEqual(settings(line), expected));
}

test('parseKernelCommandLine() reports an unclosed bracket, and reads the words behind it', () => {
  const line = 'rancher.modules=[no_such_module rancher.services=7 cc.ssh_authorized_keys=["a b"]';
  const { errors } = parseKernelCommandLine(line);
  assert.deepEqual(settings(line), ['rancher.services=7', 'ssh_authorized_keys=["a b"]']);
  assert.deepEqual(
    errors.map(({ message }) => message),
    ['/proc/cmdline: rancher.modules: the bracket [ is never closed'],
  );
});

test('parseKernelCommandLine() reports an unclosed quote and an empty key', () => {
  const { errors } = parseKernelCommandLine(`rancher.a="b c rancher..x=1 cc.=2`);
  assert.deepEqual(
    errors.map(({ message }) => message),
    [
      '/proc/cmdline: rancher.a: the quote " is never closed',
      '/proc/cmdline: rancher..x: a key has an empty part',
      '/proc/cmdline: cc.: a key has an empty part',
    ],
  );
});

test('parseKernelCommandLine() knows the words that are no settings', () => {
  const line = parseKernelCommandLine(
    'rancher.password=1234 rancher.autologin=tty1 rancher.autologin=ttyS0 console=tty0 console=ttyS0,115200n8 rancher.debug',
  );
  assert.equal(line.password, '1234');
  assert.deepEqual(line.autologin, ['tty1', 'ttyS0']);
  assert.deepEqual(line.consoles, ['tty0', 'ttyS0']);
  assert.equal(line.debug, true);
  assert.equal(line.recovery, false);
  assert.deepEqual(
    line.settings.map(({ path }) => path.join('.')),
    ['rancher.debug'],
  );
});

test('parseKernelCommandLine() takes a password for text, whatever it looks like', () => {
  assert.equal(parseKernelCommandLine(`rancher.password="a b"`).password, 'a b');
  assert.equal(parseKernelCommandLine('rancher.password=[x]').password, '[x]');
  assert.equal(parseKernelCommandLine('rancher.password=true').password, 'true');
  assert.equal(parseKernelCommandLine('quiet').password, undefined);
});

test('parseKernelCommandLine() marks the words behind -- as secret', () => {
  const { settings, password } = parseKernelCommandLine('rancher.a=1 -- rancher.b=2 rancher.password=x');
  assert.deepEqual(
    settings.map(({ path, isSecret }) => [path.join('.'), isSecret]),
    [
      ['rancher.a', false],
      ['rancher.b', true],
    ],
  );
  assert.equal(password, 'x');
});

test('parseKernelCommandLine(): the last word decides about debug', () => {
  assert.equal(parseKernelCommandLine('rancher.debug rancher.debug=false').debug, false);
});
