/** A disk with partitions as an installer or a maker of appliances leaves it, and as the power may leave it. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { repository } from '../../builder/cache.ts';
import { run } from '../../builder/exec.ts';
import { eventually } from '../engine/eventually.ts';
import { makePartitionedDisk, sfdisk } from './partitioned-disk.ts';
import { outputOf } from './process.ts';
import { startVm, type Vm } from './vm.ts';

/** In MiB; that of the members is what their superblocks were made for. */
const SIZES = { disk: 800, boot: 32, oem: 8, member: 120, state: 200 } as const;
const SUPERBLOCKS = join(repository, 'src/disk/testdata/mdadm-superblocks.txt');

describe('a machine with a partitioned disk', () => {
  let directory = '';
  let vm: Vm;
  const file = (name: string) => join(directory, name);
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'paddock-partitions-'));
    await makeBootPartition();
    await makeOemPartition();
    await makeMirror();
    await makeDamagedState();
    await makePartitionedDisk(file('disk.img'), 'gpt', SIZES.disk, [
      { name: 'one', size: SIZES.member, content: file('member0.img') },
      { name: 'other', size: SIZES.member, content: file('member1.img') },
      { name: 'boot', size: SIZES.boot, content: file('boot.img') },
      { name: 'oem', size: SIZES.oem, content: file('oem.img') },
      { name: 'state', size: SIZES.state, content: file('state.img') },
    ]);
    const words = [
      ...['dev=LABEL=RANCHER_STATE', 'directory=/inner/', 'script=/usr/share/ros/oem/before-state'],
      ...['wait', 'mdadm_scan', 'boot_dev=PARTLABEL=boot', 'oem_dev=LABEL=RANCHER_OEM', 'oem_fstype=ext4'],
    ];
    const state = words.map((word) => `rancher.state.${word}`).join(' ');
    vm = await startVm({ disk: file('disk.img'), append: `${state} rancher.resize_device=/dev/vda` });
    await eventually('ssh answers', async () => (await vm.ssh('true')).status === 0, 60);
  });
  after(async () => {
    await vm?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function makeBootPartition(): Promise<void> {
    await writeFile(file('kernel'), 'a kernel');
    await run('truncate', ['--size', `${SIZES.boot}M`, file('boot.img')]);
    await run('mformat', ['-i', file('boot.img'), '::']);
    await run('mcopy', ['-i', file('boot.img'), file('kernel'), '::kernel']);
    await writeFile(file('global.cfg'), 'APPEND panic=10\n');
    await run('mcopy', ['-i', file('boot.img'), file('global.cfg'), '::global.cfg']);
  }

  async function makeOemPartition(): Promise<void> {
    await mkdir(file('oem'));
    await writeFile(file('oem/oem-config.yml'), 'hostname: branded\n');
    await writeFile(file('oem/before-state'), 'echo "$(grep -c vda /proc/partitions) devices of a disk"\n');
    await run('mke2fs', [
      '-q',
      '-t',
      'ext4',
      '-L',
      'RANCHER_OEM',
      '-d',
      file('oem'),
      file('oem.img'),
      `${SIZES.oem}M`,
    ]);
  }

  /** A mirror with its superblocks at the end, so that each half looks like the partition of the OEM. */
  async function makeMirror(): Promise<void> {
    await mkdir(file('mirrored'));
    await writeFile(file('mirrored/file'), 'on both');
    await run('mke2fs', [
      ...['-q', '-t', 'ext4', '-L', 'RANCHER_OEM', '-d', file('mirrored')],
      ...[file('mirror.img'), `${SIZES.member - 1}M`],
    ]);
    const samples = (await readFile(SUPERBLOCKS, 'utf8')).split('\n').slice(0, 2);
    for (const [index, line] of samples.entries()) {
      const [, place, digits = ''] = line.split(' ');
      const member = file(`member${index}.img`);
      await copyFile(file('mirror.img'), member);
      const handle = await open(member, 'r+');
      await handle.write(Buffer.from(digits, 'hex'), 0, undefined, Number(place));
      await handle.close();
    }
  }

  /** Counts that are wrong, and an error that the kernel has noticed. */
  async function makeDamagedState(): Promise<void> {
    await run('mke2fs', ['-q', '-t', 'ext4', '-L', 'RANCHER_STATE', file('state.img'), `${SIZES.state}M`]);
    for (const damage of ['set_super_value free_blocks_count 7', 'set_super_value state 2']) {
      await run('debugfs', ['-w', '-R', damage, file('state.img')]);
    }
  }

  const ssh = async (command: string) => outputOf(await vm.ssh(command));
  const boot = (command: string) => ssh(`sudo -n nsenter -t 1 -m ${command}`);

  it('reads what its maker has put there, and runs the script before anything is mounted', async () => {
    assert.equal(await ssh('hostname'), 'branded');
    assert.match(await vm.consoleText(), /paddock: 6 devices of a disk/);
    assert.match(await boot('cat /proc/mounts'), /^\/dev\/vda3 \/boot vfat /m);
    assert.equal(await boot('cat /boot/kernel'), 'a kernel');
    await ssh('sudo -n EDITOR="sed -i s/10/20/" ros config syslinux');
    assert.equal(await boot('cat /boot/global.cfg'), 'APPEND panic=20');
  });

  it('assembles the array, and takes none of its members for a filesystem', async () => {
    assert.match(await ssh('cat /proc/mdstat'), /^md0 : active raid1 vda[12]\S+ vda[12]\S+\n.*\[UU\]/m);
    assert.equal(
      await ssh('sudo -n sh -c "mount -t ext4 /dev/md0 /mnt && cat /mnt/file; umount /mnt"'),
      'on both',
    );
  });

  it('repairs the filesystem and keeps everything in one folder of it', async () => {
    assert.match(await vm.consoleText(), /paddock: RANCHER_STATE: \d+\/\d+ files.* \d+\/\d+ blocks/);
    assert.match(
      await ssh('cat /proc/self/mountinfo'),
      /^\d+ \d+ \d+:\d+ \/inner\/home \/home .* \/dev\/vda5 /m,
    );
    assert.doesNotMatch(await ssh('sudo -n dmesg'), /EXT4-fs (error|warning)/);
  });

  it('lets the last partition grow to the end of the disk, and its filesystem with it', async () => {
    const { disk, boot, oem, member, state } = SIZES;
    const [start, size] = (await ssh('cd /sys/class/block/vda5; cat start size')).split('\n').map(Number);
    assert.equal(start, (1 + boot + oem + 2 * member) * 2048);
    assert.equal(size, disk * 2048 - (start ?? 0) - 2048);
    const kibibytes = Number(await ssh("df -k /home | awk 'END {print $2}'"));
    assert.ok(kibibytes > 2 * state * 1024, `${kibibytes} KiB`);
    await ssh('sudo -n sync');
    await vm.stop();
    assert.match(await sfdisk(['--verify', file('disk.img')]), /No errors detected/);
  });
});
