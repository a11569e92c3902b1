/** `docker run`: exit codes and standard streams. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { outputOf } from '../system/process.ts';
import { useEngine } from './engine-under-test.ts';

describe('run', () => {
  const engine = useEngine();
  const run = (...words: string[]) => engine().docker(['run', '--rm', ...words]);

  it('keeps standard output and standard error apart, and gives the exit status', async () => {
    const outcome = await run(busybox, 'sh', '-c', 'echo to-out; echo to-err >&2; exit 42');
    assert.deepEqual(outcome, { status: 42, stdout: 'to-out\n', stderr: 'to-err\n' });
  });

  it('copies ten megabytes in and out', async () => {
    const input = randomBytes(10_000_000);
    const outcome = await engine().docker(['run', '--rm', '-i', busybox, 'sha256sum'], { input });
    assert.equal(outputOf(outcome).split(' ')[0], createHash('sha256').update(input).digest('hex'));
  });
});
