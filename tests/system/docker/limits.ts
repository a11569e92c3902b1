import assert from 'node:assert/strict';
import { it } from 'node:test';
import { busybox } from '../busybox.ts';
import { outputOf } from '../process.ts';
import type { Vm } from '../vm.ts';

/** The limits that control groups keep; only the machine has all controllers. */
export function limitTests(vm: () => Vm): void {
  const docker = async (...words: string[]) => outputOf(await vm().docker(words));
  const groupFiles = (...names: string[]) =>
    `cd /sys/fs/cgroup; head -n 1 ${names.join(' ')} | grep -v -e '^==>' -e '^$'`;
  const read = async (container: string, ...names: string[]) =>
    (await docker('exec', container, 'sh', '-c', groupFiles(...names))).split('\n');

  it('limits of all kinds reach the control group', async () => {
    const memory = ['--memory', '64m', '--memory-swap', '96m', '--memory-reservation', '32m'];
    const cpu = ['--cpus', '0.5', '--cpu-shares', '512', '--cpuset-cpus', '0'];
    await docker(
      'run',
      '-d',
      '--name',
      'limited',
      ...memory,
      ...cpu,
      '--pids-limit',
      '50',
      busybox,
      'sleep',
      '100000',
    );
    assert.deepEqual(
      await read(
        'limited',
        'memory.max',
        'memory.swap.max',
        'memory.low',
        'cpu.max',
        'cpuset.cpus',
        'pids.max',
      ),
      ['67108864', '33554432', '33554432', '50000 100000', '0', '50'],
    );
    assert.ok(Number((await read('limited', 'cpu.weight'))[0]) < 100);
  });

  it('update changes them while the container runs', async () => {
    await docker(
      'update',
      '--memory',
      '80m',
      '--memory-swap',
      '-1',
      '--cpus',
      '0.25',
      '--pids-limit',
      '60',
      'limited',
    );
    assert.deepEqual(await read('limited', 'memory.max', 'memory.swap.max', 'cpu.max', 'pids.max'), [
      '83886080',
      'max',
      '25000 100000',
      '60',
    ]);
    await docker('update', '--pids-limit', '-1', 'limited');
    assert.deepEqual(await read('limited', 'pids.max', 'memory.max'), ['max', '83886080']);
  });

  it('stats show the limits and what is used of them', async () => {
    const format = '{{.MemUsage}} {{.PIDs}}';
    assert.match(
      await docker('stats', '--no-stream', '--format', format, 'limited'),
      /^[\d.]+[KM]iB \/ 80MiB \d+$/,
    );
    await docker('rm', '-f', 'limited');
  });

  it('too many processes are refused', async () => {
    const script = 'for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; wait';
    const outcome = await vm().docker(['run', '--rm', '--pids-limit', '5', busybox, 'sh', '-c', script]);
    assert.match(outcome.stderr, /can't fork/);
  });

  it('a container without memory left is ended, and says why', async () => {
    const hungry = ['sh', '-c', 'x=0123456789; while :; do x=$x$x; done'];
    const since = (await docker('info', '--format', '{{.SystemTime}}')).trim();
    const limit = ['--memory', '16m', '--memory-swap', '16m'];
    const { status } = await vm().docker(['run', '--name', 'hungry', ...limit, busybox, ...hungry]);
    assert.equal(status, 137);
    assert.equal(await docker('inspect', '--format', '{{.State.OOMKilled}}', 'hungry'), 'true');
    const until = (await docker('info', '--format', '{{.SystemTime}}')).trim();
    const range = ['--since', since, '--until', until, '--filter', 'container=hungry'];
    const events = await docker('events', ...range, '--format', '{{.Action}}');
    assert.match(events, /^oom\n(?:.*\n)*die$/m);
    await docker('rm', 'hungry');
  });

  it('a process that is ended for lack of memory is told while the container goes on', async () => {
    const script = '(x=0123456789; while :; do x=$x$x; done); sleep 1000';
    const limit = ['--memory', '16m', '--memory-swap', '16m'];
    await docker('run', '-d', '--name', 'survivor', ...limit, busybox, 'sh', '-c', script);
    for (let attempt = 0; attempt < 50; attempt++) {
      if ((await docker('inspect', '--format', '{{.State.OOMKilled}}', 'survivor')) === 'true') break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const state = await docker('inspect', '--format', '{{.State.OOMKilled}} {{.State.Running}}', 'survivor');
    assert.equal(state, 'true true');
    await docker('rm', '-f', 'survivor');
  });

  it('limits that control groups do not have are discarded with a warning', async () => {
    const outcome = await vm().docker(['create', '--name', 'odd', '--oom-kill-disable', busybox]);
    assert.match(outcome.stderr, /OomKillDisable discarded/);
    await docker('rm', 'odd');
  });

  it('devices are there if they are granted, and cannot be made otherwise', async () => {
    const run = (...words: string[]) => vm().docker(['run', '--rm', ...words]);
    const read = ['dd', 'of=/dev/null', 'bs=512', 'count=1'];
    const make = ['sh', '-c', `mknod /tmp/disk b 7 0 && ${read.join(' ')} if=/tmp/disk`];
    assert.match((await run(busybox, ...make)).stderr, /Operation not permitted/);
    assert.equal((await run('--device-cgroup-rule', 'b 7:0 rm', busybox, ...make)).status, 0);
    const readOnly = ['--device', '/dev/loop0:/dev/other:r', busybox];
    assert.equal((await run(...readOnly, ...read, 'if=/dev/other')).status, 0);
    const written = await run(...readOnly, 'dd', 'if=/dev/zero', 'of=/dev/other', 'bs=512', 'count=1');
    assert.match(written.stderr, /Operation not permitted/);
  });

  it('block devices can be throttled', async () => {
    // The stock client of this version forgets these options, so they go by the API.
    const container = await vm().api.createContainer({
      Image: busybox,
      Cmd: ['cat', '/sys/fs/cgroup/io.max'],
      HostConfig: {
        BlkioDeviceReadBps: [{ Path: '/dev/loop0', Rate: 1048576 }],
        BlkioDeviceWriteIOps: [{ Path: '/dev/loop0', Rate: 100 }],
      },
    });
    const text = await docker('start', '--attach', container.id);
    assert.equal(text, '7:0 rbps=1048576 wbps=max riops=max wiops=100');
    await container.remove();
  });

  it('other limits of processes hold', async () => {
    const options = [
      '--ulimit',
      'nofile=100:200',
      '--oom-score-adj',
      '500',
      '--shm-size',
      '8m',
      '--sysctl',
      'net.core.somaxconn=77',
    ];
    const script =
      'ulimit -n; cat /proc/self/oom_score_adj; df -k /dev/shm | tail -n 1; cat /proc/sys/net/core/somaxconn';
    const text = await docker('run', '--rm', ...options, busybox, 'sh', '-c', script);
    assert.match(text, /^100\n500\nshm +8192 .*\n77$/);
  });
}
