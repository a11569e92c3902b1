import assert from 'node:assert/strict';
import { it } from 'node:test';
import { goFileMode } from './go-file-mode.ts';

it('numbers file modes as Go does', () => {
  assert.equal(goFileMode({ type: 'directory', mode: 0o1777 }), 2148532735); // /tmp, as Docker says it
  assert.equal(goFileMode({ type: 'file', mode: 0o644 }), 420);
  assert.equal(goFileMode({ type: 'file', mode: 0o6755 }), 2 ** 23 + 2 ** 22 + 0o755);
  assert.equal(goFileMode({ type: 'character', mode: 0o666 }), 0x4000000 + 0x200000 + 0o666);
});
