import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withKeys } from '../../cloudinit/authorized-keys.ts';
import { expandIssue, formatIssue } from './issue.ts';
import { gettyCommands } from './terminals.ts';

test('adds keys that are missing and keeps the others', () => {
  assert.equal(
    withKeys('', ['ssh-ed25519 AAAA me', ' ssh-rsa BBBB you\n']),
    'ssh-ed25519 AAAA me\nssh-rsa BBBB you\n',
  );
  assert.equal(
    withKeys('ssh-rsa BBBB you', ['ssh-rsa BBBB you', 'ssh-rsa C', 'ssh-rsa C', '']),
    'ssh-rsa BBBB you\nssh-rsa C\n',
  );
});

test('shows version and addresses above the login', () => {
  const addresses = [{ name: 'eth0', address: '10.0.2.15/24' }];
  const text = formatIssue({ version: '1.2', isKept: false, addresses });
  assert.equal(
    expandIssue(text, 'box', 'tty1'),
    '\nPaddock 1.2, box tty1\neth0: 10.0.2.15/24\nEverything is in memory: nothing is kept over a reboot.\n\n',
  );
  assert.match(formatIssue({ version: '1.2', isKept: true, addresses }), /\/home .* as before/);
});

test('lets people log in where the usual terminals and the consoles are', () => {
  const commands = gettyCommands({ consoles: ['tty0', 'ttyS1'], autologin: [] }, (name) => name !== 'ttyS0');
  assert.deepEqual(commands, [
    ['getty', '115200', 'tty1', 'linux'],
    ['getty', '115200', 'ttyS1', 'vt220'],
  ]);
});

test('logs in by itself where that is asked for', () => {
  const commands = gettyCommands(
    { consoles: ['ttyS0'], autologin: ['ttyS0', 'tty7'] },
    (name) => name !== 'tty1',
  );
  assert.deepEqual(commands, [
    ['getty', '-n', '-l', '/usr/bin/autologin', '115200', 'ttyS0', 'vt220'],
    ['getty', '-n', '-l', '/usr/bin/autologin', '115200', 'tty7', 'linux'],
  ]);
});
