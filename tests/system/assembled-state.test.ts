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
import {
  MIRROR_MEMBER_SIZE,
  makePhysicalVolumes,
  makeRaid10,
  PHYSICAL_VOLUME_SIZE,
} from './stacked-devices.ts';
import { startVm, type Vm } from './vm.ts';

/** In MiB. */
const SIZES = { disk: 200, state: 56, linear: 7, mirrored: 8, encryptedMirrored: 16, encrypted: 66 } as const;
/** Under translation on a busy host. */
const PATIENCE = 120;

/**
 * On one disk there are the four members of a RAID 10, in which there is an encrypted filesystem; and the two physical
 * volumes of a group, one of them encrypted. The state partition is a logical volume that lies on both.
 */
describe('a machine whose state partition is a logical volume on an encrypted partition', () => {
  let directory = '';
  let vm: Vm;
  const file = (name: string) => join(directory, name);
  const members = [0, 1, 2, 3].map((index) => `member${index}.img`);
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'paddock-assembled-'));
    for (const name of ['state', 'linear', 'mirrored'] as const) await makeFilesystem(name);
    await makeEncryptedVolume(file('encrypted-mirrored.img'), {
      version: 1,
      passphrase: 'änother',
      content: file('mirrored.img'),
      size: SIZES.encryptedMirrored,
    });
    await makeRaid10(
      file('encrypted-mirrored.img'),
      members.map((name) => file(name)),
    );
    await makePhysicalVolumes(file('linear.img'), file('state.img'), {
      one: file('one.img'),
      other: file('other.img'),
    });
    await makeEncryptedVolume(file('encrypted.img'), {
      version: 2,
      passphrase: 'a key for the barn',
      content: file('other.img'),
      size: SIZES.encrypted,
    });
    await makePartitionedDisk(file('disk.img'), 'gpt', SIZES.disk, [
      ...members.map((name) => ({ name, size: MIRROR_MEMBER_SIZE, content: file(name) })),
      { name: 'one', size: PHYSICAL_VOLUME_SIZE, content: file('one.img') },
      { name: 'encrypted', size: SIZES.encrypted, content: file('encrypted.img') },
    ]);
    const words = ['dev=LABEL=RANCHER_STATE', 'mdadm_scan', 'cryptsetup', 'lvm_scan'];
    const state = words.map((word) => `rancher.state.${word}`).join(' ');
    vm = await startVm({
      disk: file('disk.img'),
      append: `${state} rancher.resize_device=/dev/mapper/barn--group-striped--one`,
      until: 'started',
    });
  });
  after(async () => {
    await vm?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** With blocks as large as the sectors of the encrypted partition. */
  async function makeFilesystem(name: 'state' | 'linear' | 'mirrored'): Promise<void> {
    await mkdir(file(name));
    await writeFile(file(`${name}/file`), `what is ${name}`);
    const options = [
      '-q',
      '-b',
      '4096',
      '-t',
      'ext4',
      '-L',
      `RANCHER_${name.toUpperCase()}`,
      '-d',
      file(name),
    ];
    await run('mke2fs', [...options, file(`${name}.img`), `${SIZES[name]}M`]);
  }

  const ssh = async (command: string) => outputOf(await vm.ssh(command));
  const fileOn = (device: string) =>
    ssh(`sudo -n sh -c "mount -t ext4 -o ro ${device} /mnt && cat /mnt/file; umount /mnt"`);

  it('asks for passphrases on the console, and does not show them', async () => {
    await vm.console.waitFor(/\/dev\/md10 is RAID 10 of (?:\/dev\/vda[1-4](?:, )?){4}/, PATIENCE);
    await vm.console.waitFor(/Passphrase for \/dev\/md10: /, PATIENCE);
    vm.console.type('a key for the barn\r');
    await vm.console.waitFor(/\/dev\/md10: that passphrase does not open it/, PATIENCE);
    await vm.console.waitFor(/Passphrase for \/dev\/md10: /, PATIENCE);
    vm.console.type('änother\r');
    await vm.console.waitFor(/\/dev\/mapper\/luks-md10 is what \/dev\/md10 holds encrypted/, PATIENCE);
    await vm.console.waitFor(/Passphrase for \/dev\/vda6: /, PATIENCE);
    vm.console.type('a key for the barn\r');
    await vm.console.waitFor(/\/dev\/mapper\/luks-vda6 is what \/dev\/vda6 holds encrypted/, PATIENCE);
    assert.doesNotMatch(await vm.consoleText(), /key for the barn|nother\b(?!\.)/);
    await untilReady(vm.machine, true, PATIENCE);
  });

  it('keeps what is written on the logical volume, which fills its room', async () => {
    assert.match(await ssh('cat /proc/mounts'), /^\/dev\/mapper\/barn--group-striped--one \/home ext4 rw/m);
    const kibibytes = Number(await ssh("df -Pk /home | awk 'END {print $2}'"));
    assert.ok(kibibytes > SIZES.state * 1024, `${kibibytes} KiB`);
    assert.doesNotMatch(await ssh('sudo -n dmesg'), /EXT4-fs (error|warning)/);
  });

  it('has the others by their names', async () => {
    assert.equal(await fileOn('/dev/barn-group/linear'), 'what is linear');
    assert.equal(await fileOn('/dev/mapper/luks-md10'), 'what is mirrored');
    assert.match(await ssh('cat /proc/mdstat'), /^md10 : active raid10 .*\n.*\[UUUU\]/m);
  });
});
