import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { busybox } from '../busybox.ts';
import { outputOf } from '../process.ts';
import { atPrompt } from '../prompt.ts';
import type { Vm } from '../vm.ts';

/** Several megabytes, so that they pass in many pieces. */
const bulk = 3_000_000;

export function runTests(vm: () => Vm): void {
  const run = (...words: string[]) => vm().docker(['run', '--rm', ...words]);

  it('keeps standard output and standard error apart, and gives the exit status', async () => {
    const outcome = await run(busybox, 'sh', '-c', 'echo to-out; echo to-err >&2; exit 42');
    assert.deepEqual(outcome, { status: 42, stdout: 'to-out\n', stderr: 'to-err\n' });
  });

  it('removes the container afterwards', async () => {
    outputOf(await run('--name', 'passing', busybox, 'true'));
    assert.equal(outputOf(await vm().docker(['ps', '--all', '--quiet', '--filter', 'name=passing'])), '');
  });

  it('passes environment, working directory, user and host name', async () => {
    const outcome = await run(
      ...['--env', 'GREETING=hello world', '--workdir', '/var/tmp', '--user', '1000:1001'],
      ...['--hostname', 'box', busybox, 'sh', '-c', 'echo "$GREETING"; pwd; id -u; id -g; hostname'],
    );
    assert.deepEqual(outputOf(outcome).split('\n'), ['hello world', '/var/tmp', '1000', '1001', 'box']);
  });

  it('runs an entrypoint with arguments', async () => {
    assert.equal(outputOf(await run('--entrypoint', 'expr', busybox, '6', '*', '7')), '42');
  });

  it('feeds standard input to its end', async () => {
    const input = randomBytes(bulk);
    const outcome = await vm().docker(['run', '--rm', '--interactive', busybox, 'sha256sum'], { input });
    assert.equal(outputOf(outcome).split(' ')[0], createHash('sha256').update(input).digest('hex'));
  });

  it('loses nothing of a long output', async () => {
    const { status, stdout } = await run(busybox, 'sh', '-c', `yes 123456789 | head -c ${bulk}`);
    assert.equal(status, 0);
    assert.equal(stdout, '123456789\n'.repeat(bulk / 10));
  });

  it('gives a terminal to who asks for one', async () => {
    const terminal = vm().dockerOnTerminal(['run', '--rm', '--interactive', '--tty', busybox, 'sh']);
    await terminal.waitFor(/# /);
    terminal.type('tty; echo $((6 * 7))\r');
    await terminal.waitFor(/\/dev\/pts\/0\r\n42\r\n/);
    terminal.type('exit 3\r');
    assert.equal(await terminal.ended, 3);
  });

  it('passes Ctrl-C on a terminal to the program', async () => {
    const script = "trap 'echo caught; exit 5' INT; echo ready; while true; do sleep 0.1; done";
    const terminal = vm().dockerOnTerminal(['run', '--rm', '-it', busybox, 'sh', '-c', script]);
    await terminal.waitFor(/ready/);
    terminal.type('\x03');
    await terminal.waitFor(/caught/);
    assert.equal(await terminal.ended, 5);
  });

  // On the machine's own console: the stock client does not notice the keys when it is connected by TCP.
  it('detaches from a terminal by Ctrl-P Ctrl-Q and leaves the container running', async () => {
    await atPrompt(vm().console);
    vm().console.type(`system-docker run -it --name left ${busybox} sh\r`);
    await vm().console.waitFor(/\/ # /);
    vm().console.type('\x10\x11');
    await atPrompt(vm().console);
    const { output } = await vm().console.run("system-docker inspect --format '{{.State.Status}}' left");
    assert.equal(output, 'running');
    outputOf(await vm().docker(['rm', '--force', 'left']));
  });

  it('has no process of ours beside the container: process 1 is its parent', async () => {
    const id = outputOf(await run('--detach', busybox, 'sleep', '1000'));
    const pid = outputOf(await vm().docker(['inspect', '--format', '{{.State.Pid}}', id]));
    assert.equal(outputOf(await vm().ssh(`cut -d ' ' -f 4 /proc/${pid}/stat`)), '1');
    // The brackets keep the search from finding itself.
    const pattern = id.replace(/^(.)/, '[$1]');
    const mentions = await vm().ssh(`sudo -n grep -l '${pattern}' /proc/[0-9]*/cmdline 2>/dev/null`);
    assert.equal(mentions.stdout, '');
    outputOf(await vm().docker(['rm', '--force', id]));
  });
}
