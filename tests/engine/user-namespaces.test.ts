/** `--userns-remap`: root in containers is somebody else outside. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { outputOf } from '../system/process.ts';
import { useEngine } from './engine-under-test.ts';
import { systemImage } from './root-tree.ts';

describe('--userns-remap', () => {
  const engine = useEngine({ daemonArguments: ['--userns-remap', 'default'] });
  const run = (...words: string[]) => engine().output('run', '--rm', ...words);

  it('gives containers users of their own', async () => {
    const map = (await run(busybox, 'cat', '/proc/self/uid_map')).split(/\s+/).filter(Boolean);
    assert.deepEqual(map, ['0', '100000', '65536']);
    assert.equal(await run(busybox, 'id', '-u'), '0');
    assert.match(await engine().output('info', '--format', '{{.SecurityOptions}}'), /name=userns/);
  });
});
