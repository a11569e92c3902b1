import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { busybox } from '../busybox.ts';
import { outputOf } from '../process.ts';
import type { Vm } from '../vm.ts';

export function restartTests(vm: () => Vm): void {
  const docker = async (...words: string[]) => outputOf(await vm().docker(words));
  const state = (name: string) =>
    docker('inspect', '--format', '{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}', name);
  const untilState = async (name: string, wanted: RegExp) => {
    for (const deadline = Date.now() + 30_000; ; await setTimeout(300)) {
      const seen = await state(name);
      if (wanted.test(seen)) return;
      assert.ok(Date.now() < deadline, `${name}: ${seen} is not ${wanted}`);
    }
  };

  it('on-failure tries as often as it is told', async () => {
    const script = 'echo try; exit 3';
    await docker(
      'run',
      '--detach',
      '--restart',
      'on-failure:2',
      '--name',
      'failing',
      busybox,
      'sh',
      '-c',
      script,
    );
    await untilState('failing', /^exited 2 3$/);
    assert.equal(await docker('logs', 'failing'), 'try\ntry\ntry');
    await docker('rm', 'failing');
  });

  it('on-failure leaves a success alone', async () => {
    await docker('run', '--detach', '--restart', 'on-failure', '--name', 'content', busybox, 'true');
    await docker('wait', 'content');
    await setTimeout(500);
    assert.equal(await state('content'), 'exited 0 0');
    await docker('rm', 'content');
  });

  it('always starts again what ends, until it is stopped', async () => {
    await docker('run', '--detach', '--restart', 'always', '--name', 'lively', busybox, 'sleep', '0.5');
    await untilState('lively', / [2-9]\d* \d+$/);
    await docker('stop', 'lively');
    const stopped = await state('lively');
    assert.match(stopped, /^exited /);
    await setTimeout(2000);
    assert.equal(await state('lively'), stopped);
    await docker('rm', 'lively');
  });

  it('cannot be combined with removal', async () => {
    const refused = await vm().docker(['run', '--rm', '--restart', 'always', busybox, 'true']);
    assert.equal(refused.status, 125);
  });
}
