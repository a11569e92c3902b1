/**
 * The power goes at random moments while configuration, files and containers are written to a disk. Whatever was
 * acknowledged must be there afterwards, and whatever is there must be whole.
 * A boot after each cut takes its time: PADDOCK_POWER_CUTS=50 is for a night.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { makeDiskIfMissing } from '../../builder/qemu/disk.ts';
import { stateWords } from '../../builder/qemu/kernel-words.ts';
import { randomFrom } from '../engine/random.ts';
import { busybox, busyboxArchive } from './busybox.ts';
import { outputOf } from './process.ts';
import { startVm, type Vm } from './vm.ts';

const cuts = Number(process.env['PADDOCK_POWER_CUTS'] ?? 4);
const seed = 20_261_124;
/** How long the machine writes before the power goes, in milliseconds. */
const shortest = 500;
const longest = 8000;

/** Sets the host name to h1, h2, … and prints each number once that is said to be written; files in the same way. */
const writeConfiguration = (from: number) =>
  `i=${from}; while true; do i=$((i+1)); sudo -n ros config set hostname h$i && echo $i; done`;
const writeFiles =
  'cd /home/rancher; while true; do seq 20000 > new; sync new; mv new whole; seq 3 > small; done';
const writeContainers = `while true; do sudo -n system-docker run --rm ${busybox} true; done`;

describe('power cuts', () => {
  const random = randomFrom(seed);
  let directory = '';
  let disk = '';
  let vm: Vm;
  let acknowledged = 0;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'paddock-power-'));
    disk = join(directory, 'disk.img');
    await makeDiskIfMissing(disk, 1024);
    vm = await startVm({ disk, append: stateWords });
    outputOf(await vm.docker(['load', '--quiet', '--input', await busyboxArchive()]));
    const service = ['--detach', '--name=lasting', '--restart=always', busybox, 'sleep', '1d'];
    outputOf(await vm.docker(['run', ...service]));
  });
  after(async () => {
    await vm?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  for (let cut = 1; cut <= cuts; cut += 1) {
    it(`number ${cut}`, { timeout: 400_000 }, async () => {
      const configuration = vm.ssh(writeConfiguration(acknowledged));
      const others = [vm.ssh(writeFiles), vm.ssh(writeContainers)];
      await setTimeout(shortest + random.below(longest - shortest));
      await vm.stop();
      const numbers = (await configuration).stdout.split('\n').filter(Boolean).map(Number);
      acknowledged = Math.max(acknowledged, ...numbers);
      await Promise.all(others);
      vm = await startVm({ disk, append: stateWords });
      const read = async (command: string) => outputOf(await vm.ssh(command));
      const set = Number(/^h(\d+)$/.exec(await read('sudo -n ros config get hostname'))?.[1] ?? 0);
      assert.ok(set >= acknowledged, `h${acknowledged} was acknowledged, and h${set} is there`);
      acknowledged = set;
      if (set > 0) await read('sudo -n ros config validate -i /var/lib/rancher/conf/cloud-config.yml');
      assert.match(await read('cd /home/rancher; test ! -e whole || wc -l < whole'), /^(20000)?$/);
      assert.match(outputOf(await vm.docker(['ps', '--format={{.Names}}'])), /^lasting$/m);
      assert.equal(outputOf(await vm.docker(['run', '--rm', busybox, 'echo', 'works'])), 'works');
      assert.doesNotMatch(await read('sudo -n dmesg'), /EXT4-fs error|EXT4-fs warning/);
    });
  }
});
