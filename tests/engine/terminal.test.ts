/** `-t`: containers and execs on a terminal, driven by the stock client on a terminal of its own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

describe('a terminal', () => {
  const engine = useEngine();
  const open = (...words: string[]) => engine().dockerOnTerminal(words);

  it('is one for the shell in it', async () => {
    const terminal = open('run', '--rm', '-it', busybox, 'sh');
    await terminal.waitFor(/# /);
    terminal.type('tty; echo $((6 * 7)) $TERM; echo wrong >&2\r');
    await terminal.waitFor(/\/dev\/pts\/0\r\n42 xterm\r\nwrong\r\n/);
    terminal.type('exit 3\r');
    assert.equal(await terminal.ended, 3);
  });

  it('passes Ctrl-C and Ctrl-D', async () => {
    const script = "trap 'echo caught; exit 5' INT; echo ready; while true; do sleep 0.1; done";
    const terminal = open('run', '--rm', '-it', busybox, 'sh', '-c', script);
    await terminal.waitFor(/ready/);
    terminal.type('\x03');
    await terminal.waitFor(/caught/);
    const second = open('run', '--rm', '-it', busybox, 'sh', '-c', 'echo ready; cat; echo done; exit 6');
    await second.waitFor(/ready/);
    second.type('text\r\x04');
    await second.waitFor(/done/);
    assert.equal(await second.ended, 6);
    assert.equal(await terminal.ended, 5);
  });

  it('is left by Ctrl-P Ctrl-Q, and attached to again', async () => {
    const terminal = open('run', '-it', '--name', 'left', busybox, 'sh');
    await terminal.waitFor(/# /);
    terminal.type('marker=kept\r');
    terminal.type('\x10\x11');
    assert.equal(await terminal.ended, 0);
    assert.equal(await engine().inspect('left', '{{.State.Status}}'), 'running');
    const again = open('attach', 'left');
    again.type('echo $marker-$((1 + 1))\r');
    await again.waitFor(/kept-2/);
    again.type('\x10x\r'); // half of the keys, then something else, which the shell gets
    again.type('exit 4\r');
    assert.equal(await again.ended, 4);
    await engine().output('rm', 'left');
  });

  it('is left by keys of the user', async () => {
    const terminal = open('run', '-it', '--detach-keys', 'ctrl-a,x', '--name', 'own-keys', busybox, 'sh');
    await terminal.waitFor(/# /);
    terminal.type('\x01x');
    assert.equal(await terminal.ended, 0);
    assert.equal(await engine().inspect('own-keys', '{{.State.Status}}'), 'running');
    await engine().output('rm', '--force', 'own-keys');
  });

  it('has the size that the client tells, from the start and later', async () => {
    const { api } = engine();
    const container = await api.createContainer({
      Image: busybox,
      Cmd: ['sh', '-c', 'stty size; read go; stty size'],
      Tty: true,
      OpenStdin: true,
      HostConfig: { ConsoleSize: [44, 99] },
    });
    const stream = await container.attach({ stream: true, stdin: true, stdout: true, hijack: true });
    let shown = '';
    stream.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
    });
    await container.start();
    await eventually('the first size is shown', () => shown.includes('44 99'));
    await container.resize({ h: 33, w: 77 });
    stream.write('go\n');
    await eventually('the second size is shown', () => shown.includes('33 77'));
    await container.wait();
    await container.remove();
  });

  it('refuses to resize what has none or does not run', async () => {
    await engine().output('create', '--name', 'plain', busybox, 'true');
    const answer = await engine().request('POST', '/v1.51/containers/plain/resize?h=1&w=1');
    assert.ok(answer.status >= 400, answer.text);
    await engine().output('rm', 'plain');
  });

  it('delivers a megabyte whose reader pauses', async () => {
    const terminal = open('run', '--rm', '-it', busybox, 'sh', '-c', 'seq 1 100000; sleep 0.2; echo the-end');
    await terminal.waitFor(/\n99999\r\n100000\r\nthe-end\r\n/);
    assert.equal(await terminal.ended, 0);
  });

  it('comes with an exec', async () => {
    await engine().output('run', '--detach', '--name', 'host', busybox, 'sleep', '1000');
    const terminal = open('exec', '-it', 'host', 'sh');
    await terminal.waitFor(/# /);
    terminal.type('tty\r');
    await terminal.waitFor(/\/dev\/pts\/\d/);
    terminal.type('exit 7\r');
    assert.equal(await terminal.ended, 7);
    await engine().output('rm', '--force', 'host');
  });

  it('leaves an exec running when its detach keys are typed', async () => {
    await engine().output('run', '--detach', '--name', 'host', busybox, 'sleep', '1000');
    const terminal = open('exec', '-it', '--detach-keys', 'ctrl-a,x', 'host', 'sh');
    await terminal.waitFor(/# /);
    terminal.type('sleep 500\r');
    await eventually('sleep runs', async () => (await engine().output('top', 'host')).includes('sleep 500'));
    terminal.type('\x01x');
    await terminal.ended;
    assert.match(await engine().output('top', 'host'), /sleep 500/);
    await engine().output('rm', '--force', 'host');
  });
});
