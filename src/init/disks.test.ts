import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diskMountPoints } from './disks.ts';

test('finds what is mounted from disks and written to, the last one first', () => {
  const mounts = [
    'devtmpfs /dev devtmpfs rw,nosuid 0 0',
    '/dev/loop0 / squashfs ro,relatime 0 0',
    '/dev/vda1 /mnt/data ext4 rw,relatime 0 0',
    '/dev/vdb /mnt/data/two\\040words ext4 rw 0 0',
    '/dev/sr0 /media/cdrom iso9660 ro 0 0',
    '',
  ].join('\n');
  assert.deepEqual(diskMountPoints(mounts), ['/mnt/data/two words', '/mnt/data']);
});
