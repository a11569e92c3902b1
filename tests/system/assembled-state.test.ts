/** A state partition that lies on what must be put together and opened first. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { run } from '../../builder/exec.ts';
import { untilReady } from '../../builder/qemu/readiness.ts';
import { makeEncryptedVolume } from './encrypted-volume.ts';
import { makePartitionedDisk } from './partitioned-disk.ts';
import { outputOf } from './process.ts';
import { startVm, type Vm } from './vm.ts';

/** In MiB. */
const SIZES = { disk: 150, state: 64, encryptedState: 96, other: 8, encryptedOther: 16 } as const;
/** Under translation on a busy host. */
const PATIENCE = 120;

describe('a machine whose state partition is encrypted', () => {
  let directory = '';
  let vm: Vm;
  const file = (name: string) => join(directory, name);
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'paddock-assembled-'));
    await makeFilesystem('state', 'RANCHER_STATE', SIZES.state);
    await makeFilesystem('other', 'OTHER', SIZES.other);
    await makeEncryptedVolume(file('encrypted-state.img'), {
      version: 2,
      passphrase: 'a key for the barn',
      content: file('state.img'),
      size: SIZES.encryptedState,
    });
    await makeEncryptedVolume(file('encrypted-other.img'), {
      version: 1,
      passphrase: 'änother',
      content: file('other.img'),
      size: SIZES.encryptedOther,
    });
    await makePartitionedDisk(file('disk.img'), 'gpt', SIZES.disk, [
      { name: 'other', size: SIZES.encryptedOther, content: file('encrypted-other.img') },
      { name: 'state', size: SIZES.encryptedState, content: file('encrypted-state.img') },
    ]);
    const words = ['dev=LABEL=RANCHER_STATE', 'cryptsetup', 'autoformat=[/dev/vdb]'];
    vm = await startVm({
      disk: file('disk.img'),
      append: `${words.map((word) => `rancher.state.${word}`).join(' ')} rancher.resize_device=/dev/mapper/luks-vda2`,
      until: 'started',
    });
  });
  after(async () => {
    await vm?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function makeFilesystem(name: string, label: string, size: number): Promise<void> {
    await mkdir(file(name));
    await writeFile(file(`${name}/file`), `of ${label}`);
    const options = ['-q', '-b', '4096', '-t', 'ext4', '-L', label, '-d', file(name)];
    await run('mke2fs', [...options, file(`${name}.img`), `${size}M`]);
  }

  const ssh = async (command: string) => outputOf(await vm.ssh(command));

  it('asks for passphrases on the console, and does not show them', async () => {
    await vm.console.waitFor(/Passphrase for \/dev\/vda1: /, PATIENCE);
    vm.console.type('a key for the barn\r');
    await vm.console.waitFor(/\/dev\/vda1: that passphrase does not open it/, PATIENCE);
    await vm.console.waitFor(/Passphrase for \/dev\/vda1: /, PATIENCE);
    vm.console.type('änother\r');
    await vm.console.waitFor(/\/dev\/mapper\/luks-vda1 is what \/dev\/vda1 holds encrypted/, PATIENCE);
    await vm.console.waitFor(/Passphrase for \/dev\/vda2: /, PATIENCE);
    vm.console.type('a key for the barn\r');
    await vm.console.waitFor(/\/dev\/mapper\/luks-vda2 is what \/dev\/vda2 holds encrypted/, PATIENCE);
    assert.doesNotMatch(await vm.consoleText(), /key for the barn/);
    await untilReady(vm.machine, true, PATIENCE);
  });

  it('keeps what is written there', async () => {
    assert.match(await ssh('cat /proc/mounts'), /^\/dev\/mapper\/luks-vda2 \/home ext4 rw/m);
    assert.equal(
      await ssh('sudo -n sh -c "mount -t ext4 /dev/mapper/luks-vda1 /mnt && cat /mnt/file; umount /mnt"'),
      'of OTHER',
    );
  });
});
