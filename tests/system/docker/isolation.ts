import assert from 'node:assert/strict';
import { it } from 'node:test';
import { busybox } from '../busybox.ts';
import { outputOf } from '../process.ts';
import type { Vm } from '../vm.ts';

export function isolationTests(vm: () => Vm): void {
  const run = async (...words: string[]) => outputOf(await vm().docker(['run', '--rm', ...words]));
  const capabilities = ['sh', '-c', 'grep CapEff /proc/self/status'];

  it("a container has Docker's default capabilities and its own processes", async () => {
    assert.match(await run(busybox, ...capabilities), /00000000a80425fb$/);
    assert.equal(await run(busybox, 'sh', '-c', 'echo $$'), '1');
  });

  it('--privileged has all capabilities and the devices of the machine', async () => {
    assert.match(await run('--privileged', busybox, ...capabilities), /000001ffffffffff$/);
    assert.match(await run('--privileged', busybox, 'ls', '/dev'), /^kmsg$/m);
  });

  it('--cap-drop takes capabilities away', async () => {
    assert.match(await run('--cap-drop', 'ALL', busybox, ...capabilities), /0000000000000000$/);
  });

  it('--pid host sees that process 1 is System Docker', async () => {
    assert.equal(await run('--pid', 'host', busybox, 'cat', '/proc/1/comm'), 'system-docker');
  });

  it('--network none has the loopback interface only', async () => {
    assert.equal(await run('--network', 'none', busybox, 'ls', '/sys/class/net'), 'lo');
  });

  it('--network host has the interfaces of the machine', async () => {
    assert.match(await run('--network', 'host', busybox, 'ls', '/sys/class/net'), /^eth0$/m);
  });

  it('--read-only protects the root filesystem', async () => {
    const refused = await vm().docker(['run', '--rm', '--read-only', busybox, 'touch', '/file']);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /Read-only file system/);
  });

  it('a memory limit holds', async () => {
    assert.equal(await run('--memory', '20m', busybox, 'cat', '/sys/fs/cgroup/memory.max'), '20971520');
  });
}
