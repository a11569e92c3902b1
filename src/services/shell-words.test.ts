import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitShellWords } from './shell-words.ts';

for (const [command, words] of [
  ['ros console-init', ['ros', 'console-init']],
  ['  a \t b\n', ['a', 'b']],
  ['', []],
  [`sh -c 'echo "$HOME" | wc'`, ['sh', '-c', 'echo "$HOME" | wc']],
  [`a "b c"d' e'`, ['a', 'b cd e']],
  [String.raw`a\ b "c \"d\" \n" '\'`, ['a b', String.raw`c "d" \n`, '\\']],
  [`"" ''`, ['', '']],
] as const) {
  test(`splitShellWords() splits ${JSON.stringify(command)}`, () => {
    assert.deepEqual(splitShellWords(command, 'command'), words);
  });
}

for (const command of [`a "b`, `a 'b c`, 'a\\']) {
  test(`splitShellWords() refuses ${command}`, () => {
    assert.throws(() => splitShellWords(command, 'command'), /^ServiceError: command: .* has no end$/);
  });
}
