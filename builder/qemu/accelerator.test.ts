import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { translation, versionOf } from './accelerator.ts';

describe('translation by QEMU', () => {
  it('has one host thread where two would let guests panic', () => {
    assert.match(translation([7, 2]).arguments.join(' '), /thread=single/);
    assert.match(translation([8, 0]).arguments.join(' '), /thread=single/);
    assert.match(translation([8, 1]).arguments.join(' '), /thread=multi/);
    assert.match(translation([10, 0]).arguments.join(' '), /thread=multi/);
  });

  it('knows the version from what QEMU says', () => {
    assert.deepEqual(versionOf('QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\n'), [7, 2]);
    assert.deepEqual(versionOf('something else'), [0, 0]);
  });
});
