/** Process 1 of a machine replaces itself under running containers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freePort } from '../../builder/qemu/ports.ts';
import { eventually } from '../engine/eventually.ts';
import { busybox, busyboxArchive } from './busybox.ts';
import { outputOf } from './process.ts';
import { startVm, type Vm } from './vm.ts';

/** Where the container's port is on the machine. */
const published = 8080;
const rounds = 20;

describe('process 1 re-executes itself', () => {
  let vm: Vm | undefined;
  const machine = () => vm ?? assert.fail('no machine');
  let port: number;
  const docker = async (...words: string[]) => outputOf(await machine().docker(words));
  const run = (...words: string[]) => docker('run', '--detach', ...words);
  const shell = async (command: string) => outputOf(await machine().ssh(command));
  const field = (format: string, ...names: string[]) => docker('inspect', '--format', format, ...names);
  const reexec = () => shell('sudo system-docker engine reexec');
  /** A process has other addresses after each execve(2), and the same start as long as it lives. */
  const addresses = () => shell('sudo cat /proc/1/auxv | md5sum');
  const start = () => shell("cut -d ' ' -f 22 /proc/1/stat");
  const memory = async () =>
    Number(await shell("sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/1/status"));
  const page = () => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());
  const names = ['web', 'counter', 'healthy', 'crashing'];
  let services: string;
  let processes: string;

  it('while containers run', async () => {
    port = await freePort();
    vm = await startVm({ forwards: [{ host: port, guest: published }] });
    await docker('load', '--quiet', '--input', await busyboxArchive());
    const server = 'echo grass > /tmp/index.html; httpd -f -p 80 -h /tmp';
    await run('--name', 'web', '--publish', `${published}:80`, busybox, 'sh', '-c', server);
    const count = 'i=0; while true; do i=$((i+1)); echo $i; usleep 20000; done';
    await run('--name', 'counter', busybox, 'sh', '-c', count);
    const health = ['--health-cmd', 'test -e /tmp/fine', '--health-interval', '1s'];
    await run('--name', 'healthy', ...health, busybox, 'sh', '-c', 'touch /tmp/fine; sleep 9999');
    await run('--name', 'crashing', '--restart', 'always', busybox, 'sleep', '9999');
    await docker('exec', '--detach', 'web', 'sh', '-c', 'while true; do date > /tmp/date; sleep 1; done');
    services = await shell("sudo system-docker ps --format '{{.ID}} {{.Names}}' | sort");
    processes = await field('{{.State.Pid}}', ...names);
    await eventually(
      'the container is healthy',
      async () => (await field('{{.State.Health.Status}}', 'healthy')) === 'healthy',
    );
  });

  it('many times, and does not grow', async () => {
    const began = await start();
    await reexec();
    const before = await memory();
    for (let round = 1; round < rounds; round++) {
      const old = await addresses();
      await reexec();
      assert.notEqual(await addresses(), old);
    }
    assert.equal(await start(), began);
    const after = await memory();
    assert.ok(after < before * 1.25, `${before} kB became ${after} kB`);
  });

  it('every container is the same process as before', async () => {
    assert.equal(await field('{{.State.Pid}}', ...names), processes);
    assert.equal(await shell("sudo system-docker ps --format '{{.ID}} {{.Names}}' | sort"), services);
  });

  it('a published port leads where it led', async () => {
    assert.equal(await page(), 'grass\n');
  });

  it('no line of a log is lost', async () => {
    const lines = (await docker('logs', 'counter')).split('\n');
    assert.deepEqual(
      lines,
      lines.map((_, index) => String(index + 1)),
    );
  });

  it('health is checked', async () => {
    await docker('exec', 'healthy', 'rm', '/tmp/fine');
    await eventually(
      'the container is unhealthy',
      async () => (await field('{{.State.Health.Status}}', 'healthy')) === 'unhealthy',
    );
  });

  it('a restart policy holds', async () => {
    await shell(`sudo kill -9 $(sudo system-docker inspect --format '{{.State.Pid}}' crashing)`);
    await eventually(
      'the container runs again',
      async () => (await field('{{.State.Running}} {{.RestartCount}}', 'crashing')) === 'true 1',
    );
  });

  it('the machine goes off in order', async () => {
    const off = machine().qmp.event('SHUTDOWN', 90);
    await machine().ssh('sudo poweroff');
    await off;
  });
});
