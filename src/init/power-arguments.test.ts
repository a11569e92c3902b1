import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PowerUsageError, parsePowerArguments } from './power-arguments.ts';

test('does what the command is called', () => {
  for (const action of ['reboot', 'poweroff', 'halt'] as const)
    assert.deepEqual(parsePowerArguments(action, []), { action, force: false });
  assert.deepEqual(parsePowerArguments('shutdown', []), { action: 'poweroff', force: false });
});

test('does what the options say instead', () => {
  assert.deepEqual(parsePowerArguments('shutdown', ['-r', 'now']), { action: 'reboot', force: false });
  assert.deepEqual(parsePowerArguments('shutdown', ['-h', '+0']), { action: 'poweroff', force: false });
  assert.deepEqual(parsePowerArguments('shutdown', ['-H', 'now']), { action: 'halt', force: false });
  assert.deepEqual(parsePowerArguments('reboot', ['--force', '-P']), { action: 'poweroff', force: true });
});

test('refuses what it does not know', () => {
  for (const [command, argument] of [
    ['reboot', 'now'],
    ['reboot', '-x'],
    ['halt', '-h'],
    ['shutdown', '+5'],
    ['shutdown', '--when'],
  ] as const)
    assert.throws(() => parsePowerArguments(command, [argument]), PowerUsageError);
});
