import assert from 'node:assert/strict';
import { it } from 'node:test';
import { busybox } from '../busybox.ts';
import { outputOf } from '../process.ts';
import type { Vm } from '../vm.ts';

export function streamTests(vm: () => Vm): void {
  const remove = async (name: string) => outputOf(await vm().docker(['rm', '--force', '--volumes', name]));

  it('keeps the log of a container that has ended', async () => {
    const script = 'for i in 1 2 3; do echo out-$i; echo err-$i >&2; done';
    await vm().docker(['run', '--name', 'logged', busybox, 'sh', '-c', script]);
    const logs = await vm().docker(['logs', 'logged']);
    assert.deepEqual(logs, {
      status: 0,
      stdout: 'out-1\nout-2\nout-3\n',
      stderr: 'err-1\nerr-2\nerr-3\n',
    });
    const last = await vm().docker(['logs', '--tail', '1', '--timestamps', 'logged']);
    assert.match(last.stdout + last.stderr, /^\d{4}-\d\d-\d\dT[\d:]+\.\d+Z (out|err)-3\n$/);
    await remove('logged');
  });

  it('follows a log until the container ends', async () => {
    const script = 'for i in 1 2 3 4 5; do echo tick-$i; sleep 0.3; done';
    outputOf(await vm().docker(['run', '--detach', '--name', 'ticking', busybox, 'sh', '-c', script]));
    const followed = await vm().docker(['logs', '--follow', 'ticking'], { seconds: 30 });
    assert.equal(outputOf(followed), 'tick-1\ntick-2\ntick-3\ntick-4\ntick-5');
    await remove('ticking');
  });

  it('rotates a log that grows beyond its limit', async () => {
    const limits = ['--log-opt', 'max-size=10k', '--log-opt', 'max-file=2'];
    const script = 'i=0; while [ $i -lt 1000 ]; do echo line-$i-padding-padding-padding; i=$((i + 1)); done';
    outputOf(await vm().docker(['run', '--name', 'chatty', ...limits, busybox, 'sh', '-c', script]));
    const lines = outputOf(await vm().docker(['logs', 'chatty'])).split('\n');
    assert.equal(lines.at(-1), 'line-999-padding-padding-padding');
    assert.ok(lines.length < 400, `${lines.length} lines are more than two files of 10 kB hold`);
    await remove('chatty');
  });

  it('attaches to a running container and gives its exit status', async () => {
    const script = 'sleep 3; echo late; exit 4';
    outputOf(await vm().docker(['run', '--detach', '--name', 'attachable', busybox, 'sh', '-c', script]));
    const attached = await vm().docker(['attach', '--no-stdin', 'attachable']);
    assert.deepEqual(attached, { status: 4, stdout: 'late\n', stderr: '' });
    await remove('attachable');
  });

  it('starts with attached streams', async () => {
    outputOf(
      await vm().docker([
        'create',
        '--interactive',
        '--name',
        'talk',
        busybox,
        'sh',
        '-c',
        'read a; echo "<$a>"',
      ]),
    );
    const started = await vm().docker(['start', '--attach', '--interactive', 'talk'], { input: 'hello\n' });
    assert.equal(outputOf(started), '<hello>');
    await remove('talk');
  });
}
