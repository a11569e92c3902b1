import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { busybox } from '../busybox.ts';
import { outputOf } from '../process.ts';
import type { Vm } from '../vm.ts';

export function execTests(vm: () => Vm): void {
  before(async () => {
    outputOf(await vm().docker(['run', '--detach', '--name', 'host-of-execs', busybox, 'sleep', '10000']));
  });
  after(async () => {
    outputOf(await vm().docker(['rm', '--force', 'host-of-execs']));
  });
  const exec = (options: string[], command: string[], input = '') =>
    vm().docker(['exec', ...options, 'host-of-execs', ...command], { input });

  it('keeps standard output and standard error apart, and gives the exit status', async () => {
    const outcome = await exec([], ['sh', '-c', 'echo to-out; echo to-err >&2; exit 9']);
    assert.deepEqual(outcome, { status: 9, stdout: 'to-out\n', stderr: 'to-err\n' });
  });

  it('feeds standard input', async () => {
    assert.equal(outputOf(await exec(['--interactive'], ['wc', '-c'], 'x'.repeat(100_000))), '100000');
  });

  it('passes environment, working directory and user', async () => {
    const options = ['--env', 'A=b c', '--workdir', '/etc', '--user', '5'];
    const outcome = await exec(options, ['sh', '-c', 'echo "$A"; pwd; id -u']);
    assert.deepEqual(outputOf(outcome).split('\n'), ['b c', '/etc', '5']);
  });

  it('joins the container', async () => {
    const processes = outputOf(await exec([], ['ps', '-o', 'pid,args']));
    assert.match(processes, /^\s+1 sleep 10000$/m);
  });

  it('gives a terminal', async () => {
    const terminal = vm().dockerOnTerminal(['exec', '-it', 'host-of-execs', 'sh']);
    await terminal.waitFor(/# /);
    terminal.type('test -t 0 && echo terminal-$((1 + 1)); exit 6\r');
    await terminal.waitFor(/terminal-2/);
    assert.equal(await terminal.ended, 6);
  });

  it('resizes the terminal', async () => {
    const exec = await vm()
      .api.getContainer('host-of-execs')
      .exec({ Cmd: ['sh', '-c', 'read go; stty size'], Tty: true, AttachStdin: true, AttachStdout: true });
    const stream = await exec.start({ hijack: true, stdin: true, Tty: true });
    let shown = '';
    stream.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
    });
    const ended = new Promise((resolve) => stream.on('end', resolve));
    await exec.resize({ h: 33, w: 77 });
    stream.write('go\n');
    await ended;
    assert.match(shown, /33 77/);
  });

  it('says when there is no such command', async () => {
    const outcome = await exec([], ['no-such-command']);
    assert.equal(outcome.status, 127);
    assert.match(outcome.stdout + outcome.stderr, /"no-such-command": executable file not found in \$PATH/);
  });

  it('refuses a container that does not run', async () => {
    outputOf(await vm().docker(['create', '--name', 'never-started', busybox, 'true']));
    const outcome = await vm().docker(['exec', 'never-started', 'true']);
    assert.equal(outcome.status, 1);
    assert.match(outcome.stderr, /is not running/);
    outputOf(await vm().docker(['rm', 'never-started']));
  });
}
