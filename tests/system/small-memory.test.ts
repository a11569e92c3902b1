/** The smallest machine that the OS promises to run on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { busybox, busyboxArchive } from './busybox.ts';
import { outputOf } from './process.ts';
import { useVm } from './vm.ts';

describe('a machine with 128 MB', () => {
  const vm = useVm({ memory: 128 });

  it('runs a container', async () => {
    outputOf(await vm().docker(['load', '--quiet', '--input', await busyboxArchive()]));
    assert.equal(outputOf(await vm().docker(['run', '--rm', busybox, 'echo', 'small'])), 'small');
  });

  it('needed no out-of-memory killer', async () => {
    assert.doesNotMatch(await vm().consoleText(), /Out of memory|oom-kill/i);
  });
});
