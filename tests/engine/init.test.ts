/** `--init`: a process 1 for containers that reaps orphans and passes signals on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { outputOf } from '../system/process.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

describe('--init', () => {
  const engine = useEngine();
  const run = (...words: string[]) => engine().docker(['run', '--rm', '--init', busybox, ...words]);

  it('stands before the command', async () => {
    const processes = outputOf(await run('ps', '-o', 'pid,args'))
      .split('\n')
      .map((line) => line.trim());
    assert.equal(processes[1], '1 /sbin/docker-init -- ps -o pid,args');
    assert.match(processes[2] ?? '', /^\d+ ps -o pid,args$/);
  });

  it('ends with the command, and as it ends', async () => {
    assert.deepEqual(await run('sh', '-c', 'cat; echo out; echo err >&2; exit 7'), {
      status: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    assert.equal((await run('sh', '-c', 'kill -KILL $$')).status, 137);
    const piped = await engine().docker(['run', '--rm', '-i', '--init', busybox, 'cat'], { input: 'in' });
    assert.equal(outputOf(piped), 'in');
  });

  it('says so if there is no such command', async () => {
    const missing = await run('/no/such');
    assert.equal(missing.status, 127);
    assert.match(missing.stderr, /exec \/no\/such failed/);
    assert.equal((await run('/etc')).status, 126);
  });

  it('passes signals on', async () => {
    const script =
      'trap "echo usr1" USR1; trap "echo term; exit 3" TERM; echo ready; while :; do sleep 0.1; done';
    await engine().output('run', '-d', '--init', '--name', 'listener', busybox, 'sh', '-c', script);
    const logs = async (wanted: string) =>
      eventually(wanted, async () => (await engine().output('logs', 'listener')) === wanted);
    await logs('ready');
    await engine().output('kill', '-s', 'USR1', 'listener');
    await logs('ready\nusr1');
    await engine().output('stop', 'listener');
    assert.equal(await engine().inspect('listener', '{{.State.ExitCode}}'), '3');
    await engine().output('rm', 'listener');
  });

  it('lets a command without a handler be stopped at once', async () => {
    await engine().output('run', '-d', '--init', '--name', 'sleeper', busybox, 'sleep', '1000');
    const begin = performance.now();
    await engine().output('stop', 'sleeper');
    assert.ok(performance.now() - begin < 5000);
    assert.equal(await engine().inspect('sleeper', '{{.State.ExitCode}}'), '143');
    await engine().output('rm', 'sleeper');
  });

  it('reaps orphans', async () => {
    const script = '(sleep 0.1 & sleep 0.1 & exit) ; sleep 0.6; ps -o stat,args | grep -c "^Z" || true';
    assert.equal(outputOf(await run('sh', '-c', script)), '0');
  });

  it('gives the terminal to the command', async () => {
    const words = [
      'run',
      '-it',
      '--rm',
      '--init',
      busybox,
      'sh',
      '-c',
      'trap "echo interrupted; exit 5" INT; echo ready; while :; do sleep 0.1; done',
    ];
    const terminal = engine().dockerOnTerminal(words);
    await terminal.waitFor(/ready/);
    terminal.type('\u0003');
    await terminal.waitFor(/interrupted/);
    assert.equal(await terminal.ended, 5);
  });

  it('is not there with the processes of the host', async () => {
    const outcome = await engine().docker([
      'run',
      '--rm',
      '--init',
      '--pid',
      'host',
      busybox,
      'cat',
      '/proc/1/comm',
    ]);
    assert.doesNotMatch(outcome.stdout, /docker-init/);
  });
});
