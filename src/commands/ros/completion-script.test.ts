import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { bashCompletion, type CommandTree } from './completion-script.ts';

const TREE: CommandTree = new Map([
  ['config get', { usage: 'KEY', flags: {} }],
  [
    'config validate',
    { usage: '', flags: { input: { kind: 'string', short: 'i', value: 'FILE', help: '' } } },
  ],
  [
    'apply',
    {
      usage: '',
      flags: {
        format: { kind: 'string', value: 'table|json', help: '' },
        now: { kind: 'boolean', help: '' },
      },
    },
  ],
  ['completion', { usage: 'bash|zsh', flags: {} }],
]);

/** What bash offers behind these words, of which the last is not finished. */
function offered(...words: string[]): string[] {
  const script = `${bashCompletion(TREE, ['hostname', 'rancher.ssh.port'])}
COMP_WORDS=(ros "$@"); COMP_CWORD=$#; _ros; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { cwd: '/', encoding: 'utf8' })
    .split('\n')
    .slice(0, -1);
}

test('completes commands, behind flags too', () => {
  assert.deepEqual(offered('').toSorted(), ['apply', 'completion', 'config', 'help']);
  assert.deepEqual(offered('--v'), ['--version']);
  assert.deepEqual(offered('config', ''), ['get', 'validate']);
  assert.deepEqual(offered('config', 'v'), ['validate']);
  assert.deepEqual(offered('nonsense', 'ap'), ['apply']);
});

test('completes flags and their values', () => {
  assert.deepEqual(offered('apply', '-'), ['--format', '--now', '--help']);
  assert.deepEqual(offered('apply', '--format', ''), ['table', 'json']);
  assert.deepEqual(offered('apply', '--format', 'json', '--n'), ['--now']);
  assert.deepEqual(offered('config', 'validate', '-i', 'et'), ['etc']);
});

test('completes keys, and words that an argument may be', () => {
  assert.deepEqual(offered('config', 'get', 'rancher.s'), ['rancher.ssh.port']);
  assert.deepEqual(offered('completion', ''), ['bash', 'zsh']);
});
