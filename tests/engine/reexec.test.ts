/** `system-docker engine reexec`: another program in the place of the engine, under running containers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

const command = 'DOCKER_HOST=unix:///run/sockets/docker.sock system-docker engine reexec';
const counter = 'i=0; while true; do i=$((i+1)); echo $i; usleep 2000; done';

describe('re-exec', () => {
  const engine = useEngine();
  const reexec = () => engine().inMachine(command);
  const run = (...words: string[]) => engine().output('run', '--detach', ...words);
  const remove = (...names: string[]) => engine().output('rm', '--force', ...names);
  const pid = (name: string) => engine().inspect(name, '{{.State.Pid}}');

  it('runs the program that lies on the disk now, in the same process', async () => {
    const inode = () => engine().inMachine('stat -L -c %i /proc/1/exe');
    for (const copy of ['/tmp/first', '/tmp/second']) {
      await engine().inMachine(`cp /usr/bin/paddock ${copy}; mount --bind ${copy} /usr/bin/paddock`);
      await reexec();
      assert.equal(await inode(), await engine().inMachine(`stat -c %i ${copy}`));
    }
  });

  it('leaves a program alone that cannot take over', async () => {
    for (const program of ['true', 'echo 0', 'echo 1; exit 1']) {
      await engine().inMachine(
        `printf '#!/bin/sh\\n${program}\\n' >/tmp/bad; chmod 755 /tmp/bad; mount --bind /tmp/bad /usr/bin/paddock`,
      );
      const { status, text } = await engine().request('POST', '/paddock/reexec');
      await engine().inMachine('umount /usr/bin/paddock');
      assert.equal(status, 500);
      assert.match(text, /"message":"\/usr\/bin\/paddock cannot take over: /);
    }
    await engine().inMachine('rm /tmp/bad');
  });

  it('is told other arguments', async () => {
    const args = (await engine().inMachine('cat /proc/1/cmdline')).split('\0').filter(Boolean);
    const daemon = args.filter((word, index) => word !== '--handover' && args[index - 1] !== '--handover');
    const other = [...daemon, '--host', 'unix:///run/other.sock', '--log-opt', 'max-size=7m'];
    const ask = (words: string[]) =>
      engine().request('POST', '/paddock/reexec', {
        body: { Arguments: words, Environment: ['PATH=/usr/sbin:/usr/bin'] },
      });
    assert.equal((await ask([...daemon, '--no-such-flag'])).status, 500);
    assert.equal((await ask(other)).status, 204);
    assert.match(
      await engine().inMachine('DOCKER_HOST=unix:///run/other.sock system-docker version'),
      /Server/,
    );
    const id = (await engine().output('create', busybox)).trim();
    assert.equal(await engine().inspect(id, '{{index .HostConfig.LogConfig.Config "max-size"}}'), '7m');
    await remove(id);
    assert.equal((await ask(daemon)).status, 204);
    await assert.rejects(engine().inMachine('DOCKER_HOST=unix:///run/other.sock system-docker version'));
  });

  it('loses no output, and no line is torn', async () => {
    await run('--name', 'counter', busybox, 'sh', '-c', counter);
    const first = await pid('counter');
    for (let round = 0; round < 10; round++) await reexec();
    assert.equal(await pid('counter'), first);
    await engine().output('kill', 'counter');
    const lines = (await engine().output('logs', 'counter')).split('\n');
    assert.ok(lines.length > 20, `${lines.length} lines`);
    assert.deepEqual(
      lines,
      lines.map((_, index) => String(index + 1)),
    );
    await remove('counter');
    await run(
      '--name',
      'torn',
      busybox,
      'sh',
      '-c',
      'printf "\\303"; sleep 1; printf "\\244 end\\n"; sleep 60',
    );
    await reexec();
    await eventually('the line is complete', async () => (await engine().output('logs', 'torn')) === 'ä end');
    assert.match(await engine().output('logs', '--timestamps', 'torn'), /^\S+Z ä end$/);
    await remove('torn');
  });

  it('still learns how containers end, also while it changes', async () => {
    await run('--name', 'later', busybox, 'sh', '-c', 'sleep 1; exit 7');
    await run(
      '--name',
      'waiting',
      busybox,
      'sh',
      '-c',
      'trap "exit 5" TERM; while true; do usleep 20000; done',
    );
    const script = (code: number) => `usleep ${code * 40_000}; exit ${code}`;
    const codes = Array.from({ length: 12 }, (_, index) => index + 1);
    await Promise.all(codes.map((code) => run('--name', `ends-${code}`, busybox, 'sh', '-c', script(code))));
    await reexec();
    assert.equal(await engine().output('wait', 'later'), '7');
    for (const code of codes) assert.equal(await engine().output('wait', `ends-${code}`), String(code));
    await engine().output('stop', 'waiting');
    assert.equal(await engine().inspect('waiting', '{{.State.ExitCode}}'), '5');
    await remove('later', 'waiting', ...codes.map((code) => `ends-${code}`));
  });

  it('keeps input, terminals, pauses, execs, volumes and restarts', async () => {
    await run(
      '--name',
      'input',
      '--interactive',
      busybox,
      'sh',
      '-c',
      'read line; echo "got $line"; sleep 60',
    );
    await run(
      '--name',
      'terminal',
      '--interactive',
      '--tty',
      busybox,
      'sh',
      '-c',
      'read a; stty size; sleep 60',
    );
    await run('--name', 'paused', busybox, 'sleep', '60');
    await engine().output('pause', 'paused');
    await run('--name', 'volume', '--volume', 'kept:/data', busybox, 'sleep', '60');
    await engine().output('exec', '--detach', 'volume', 'sh', '-c', 'sleep 2; echo done >/data/exec');
    await run('--name', 'restarting', '--restart', 'always', busybox, 'sh', '-c', 'exit 3');
    await reexec();

    const container = engine().api.getContainer('input');
    const input = await container.attach({ stream: true, stdin: true, hijack: true });
    input.write('word\n');
    const log = () => engine().output('logs', 'input');
    await eventually('the input arrives', async () => (await log()) === 'got word');
    const terminal = engine().dockerOnTerminal(['attach', 'terminal']);
    terminal.type('\n');
    await eventually('the terminal has its size', async () =>
      /^\d+ \d+$/m.test((await engine().output('logs', 'terminal')).replaceAll('\r', '')),
    );
    await engine().output('unpause', 'paused');
    assert.equal((await engine().request('DELETE', '/volumes/kept')).status, 409);
    await eventually('the exec goes on', async () =>
      (await engine().docker(['exec', 'volume', 'cat', '/data/exec'])).stdout.includes('done'),
    );
    input.end();
    const count = async () => Number(await engine().inspect('restarting', '{{.RestartCount}}'));
    const before = await count();
    await eventually('it is restarted again', async () => (await count()) > before);
    await remove('input', 'terminal', 'paused', 'volume', 'restarting');
    await engine().output('volume', 'rm', 'kept');
  });

  it('lets clients go that are attached, and takes new ones without a gap', async () => {
    const attached = engine().docker(['run', '--name', 'attached', busybox, 'sleep', '60']);
    await eventually('it runs', async () => (await engine().docker(['inspect', 'attached'])).status === 0);
    await eventually('it runs', async () => (await pid('attached')) !== '0');
    let isOver = false;
    const asking = (async () => {
      while (!isOver) assert.equal((await engine().request('GET', '/_ping')).status, 200);
    })().catch((error: Error) => error);
    for (let round = 0; round < 3; round++) await reexec();
    isOver = true;
    const outcome = await asking;
    // A request that is already with the old program when it goes may be cut off, but none is refused.
    if (outcome instanceof Error) assert.match(String(outcome), /ECONNRESET|EPIPE|socket hang up/);
    assert.notEqual((await attached).status, 0);
    assert.equal(await engine().inspect('attached', '{{.State.Running}}'), 'true');
    await remove('attached');
  });

  it('keeps its memory and its descriptors', async () => {
    await run('--name', 'steady', busybox, 'sleep', '60');
    const descriptors = () => engine().inMachine('ls /proc/1/fd | wc -l');
    for (let round = 0; round < 3; round++) await reexec();
    const before = { descriptors: await descriptors(), memory: (await engine().memory()).resident };
    for (let round = 0; round < 10; round++) await reexec();
    assert.equal(await descriptors(), before.descriptors);
    assert.ok((await engine().memory()).resident < before.memory + 1024 * 1024);
    await remove('steady');
  });

  it('learns of those that end while there is no program to tell', async () => {
    const names = ['stays', 'ends-1', 'ends-2', 'ends-3'] as const;
    for (const name of names) await run('--name', name, busybox, 'sleep', '60');
    const pids = await Promise.all(names.slice(1).map(pid));
    // The trial starts it, too. It starts no process: as process 1 a shell would learn of those of the engine.
    const script = `#!/bin/sh
case "$*" in *--handover-format*) ;; *)
  kill -KILL ${pids.join(' ')}
  i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done
esac
exec /tmp/slow/system-docker "$@"
`;
    await engine().inMachine(
      `mkdir /tmp/slow; cp /usr/bin/paddock /tmp/slow/system-docker; printf %s '${script}' >/tmp/slow/script
       chmod 755 /tmp/slow/script; mount --bind /tmp/slow/script /usr/bin/paddock`,
    );
    assert.equal((await engine().request('POST', '/paddock/reexec')).status, 204);
    for (const name of names.slice(1)) assert.equal(await engine().output('wait', name), '137');
    assert.equal(await engine().inspect('stays', '{{.State.Running}}'), 'true');
    await engine().inMachine('umount /usr/bin/paddock');
    await remove(...names);
  });
});
