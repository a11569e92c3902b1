/** What is written to a machine with a disk is there after a reboot, and after the power went. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeDiskIfMissing } from '../../builder/qemu/disk.ts';
import { stateWords } from '../../builder/qemu/kernel-words.ts';
import { untilReady } from '../../builder/qemu/readiness.ts';
import { busybox, busyboxArchive } from './busybox.ts';
import { outputOf } from './process.ts';
import { startVm, type Vm } from './vm.ts';

describe('a machine with a disk', () => {
  let directory = '';
  let disk = '';
  let vm: Vm;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'paddock-state-'));
    disk = join(directory, 'disk.img');
    await makeDiskIfMissing(disk, 2048);
    vm = await startVm({ disk, append: stateWords });
  });
  after(async () => {
    await vm?.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const ssh = async (command: string) => outputOf(await vm.ssh(command));
  const docker = async (...args: string[]) => outputOf(await vm.docker(args));
  /** Ends QEMU at once, and starts a machine with the same disk. */
  const cutPower = async (append = stateWords) => {
    await vm.stop();
    vm = await startVm({ disk, append });
  };

  it('formats it when it is blank', async () => {
    assert.match(await vm.consoleText(), /\/dev\/vda is blank and becomes RANCHER_STATE/);
    assert.match(await ssh('cat /proc/mounts'), /^\/dev\/vda \/home ext4 rw/m);
  });

  it('keeps files, configuration, images, containers, volumes and logs over an orderly reboot', async () => {
    await ssh('echo kept > /home/rancher/file; sudo -n ros config set hostname kept');
    await docker('load', '--quiet', '--input', await busyboxArchive());
    await docker('run', '--name=once', '--volume=data:/d', busybox, 'sh', '-c', 'echo said; echo x > /d/x');
    await docker('run', '--detach', '--name=unless', '--restart=unless-stopped', busybox, 'sleep', '1d');
    await docker('run', '--detach', '--name=stopped', '--restart=unless-stopped', busybox, 'sleep', '1d');
    await docker('stop', '--time=0', 'stopped');
    const ids = await docker('ps', '--all', '--quiet', '--filter=name=^(ntp|network|system-volumes)$');
    const reset = vm.qmp.event('RESET', 120);
    const rebooting = vm.ssh('sudo -n reboot');
    await reset;
    await rebooting;
    await untilReady(vm.machine, true, 240);
    assert.equal(await ssh('cat /home/rancher/file; hostname'), 'kept\nkept');
    assert.equal(await docker('logs', 'once'), 'said');
    assert.equal(await docker('run', '--rm', '--volume=data:/d', busybox, 'cat', '/d/x'), 'x');
    const running = await docker('ps', '--format={{.Names}}');
    assert.ok(running.split('\n').includes('unless'), running);
    assert.ok(!running.split('\n').includes('stopped'), running);
    assert.equal(
      await docker('ps', '--all', '--quiet', '--filter=name=^(ntp|network|system-volumes)$'),
      ids,
      'services were made anew',
    );
  });

  it('was unmounted by that reboot', async () => {
    assert.doesNotMatch(await ssh('sudo -n dmesg'), /EXT4-fs.*recovery/);
  });

  it('keeps them when the power goes', async () => {
    await ssh('echo again > /home/rancher/file; sudo -n sync');
    await cutPower();
    assert.equal(await ssh('cat /home/rancher/file; hostname'), 'again\nkept');
    assert.match(await docker('ps', '--format={{.Names}}'), /^unless$/m);
    assert.doesNotMatch(await vm.consoleText(), /is blank/);
  });

  it('grows with its disk', async () => {
    const blocks = async () => Number(await ssh("df -k /home | awk 'END {print $2}'"));
    const before = await blocks();
    await ssh('sudo -n sync');
    await vm.stop();
    await truncate(disk, 3072 * 1024 * 1024);
    vm = await startVm({ disk, append: `${stateWords} rancher.resize_device=/dev/vda` });
    const now = await blocks();
    assert.ok(now > before * 1.4, `${before} KiB, and now ${now}`);
    assert.equal(await ssh('cat /home/rancher/file'), 'again');
  });

  it('goes on in memory when the state partition is not there, and says so', async () => {
    await cutPower('rancher.state.dev=LABEL=NOWHERE');
    assert.match(await vm.consoleText(), /state partition: there is no LABEL=NOWHERE; nothing will be kept/);
    assert.match(await ssh('cat /proc/mounts'), /^tmpfs \/home tmpfs/m);
  });

  it('opens the recovery console if it is required, without touching what is on the disk', async () => {
    await vm.stop();
    const other = join(directory, 'other.img');
    const content = Buffer.alloc(4 * 1024 * 1024, 1);
    await writeFile(other, content);
    vm = await startVm({
      disk: other,
      append: `${stateWords} rancher.state.wait=false rancher.state.required`,
      until: 'started',
    });
    await vm.console.waitFor(/Recovery console[\s\S]*state partition: there is no LABEL=RANCHER_STATE/, 120);
    assert.ok(content.equals(await readFile(other)));
  });
});
