import assert from 'node:assert/strict';
import { it } from 'node:test';
import { busybox } from '../busybox.ts';
import { outputOf } from '../process.ts';
import type { Vm } from '../vm.ts';

export function volumeTests(vm: () => Vm): void {
  const docker = async (...words: string[]) => outputOf(await vm().docker(words));
  const volumes = () => docker('volume', 'ls', '--quiet');

  it('a named volume outlives its containers', async () => {
    await docker('volume', 'create', 'lasting');
    await docker('run', '--rm', '--volume', 'lasting:/data', busybox, 'sh', '-c', 'echo kept > /data/file');
    assert.equal(
      await docker('run', '--rm', '--volume', 'lasting:/data', busybox, 'cat', '/data/file'),
      'kept',
    );
    await docker('volume', 'rm', 'lasting');
    assert.doesNotMatch(await volumes(), /lasting/);
  });

  it('a volume in use cannot be removed', async () => {
    await docker('create', '--name', 'holder', '--volume', 'held:/data', busybox, 'true');
    const refused = await vm().docker(['volume', 'rm', 'held']);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /volume is in use/);
    await docker('rm', 'holder');
    await docker('volume', 'rm', 'held');
  });

  it('a new volume begins with what the image has there', async () => {
    assert.match(
      await docker('run', '--rm', '--volume', 'copied:/etc', busybox, 'cat', '/etc/passwd'),
      /^root:/,
    );
    assert.match(
      await docker('run', '--rm', '--volume', 'copied:/copy', busybox, 'cat', '/copy/passwd'),
      /^root:/,
    );
    await docker('volume', 'rm', 'copied');
  });

  it('an anonymous volume goes with its container', async () => {
    const before = await volumes();
    await docker('run', '--rm', '--volume', '/scratch', busybox, 'touch', '/scratch/file');
    assert.equal(await volumes(), before);
  });

  it('a directory of the machine is mounted, read-only when asked', async () => {
    await docker(
      'run',
      '--rm',
      '--volume',
      '/opt/shared:/here',
      busybox,
      'sh',
      '-c',
      'echo seen > /here/file',
    );
    assert.equal(outputOf(await vm().ssh('cat /opt/shared/file')), 'seen');
    const refused = await vm().docker([
      ...['run', '--rm', '--volume', '/opt/shared:/here:ro', busybox, 'touch', '/here/file'],
    ]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /Read-only file system/);
  });

  it('--volumes-from takes the volumes of another container', async () => {
    await docker('create', '--name', 'donor', '--volume', '/donated', busybox, 'true');
    await docker('run', '--rm', '--volumes-from', 'donor', busybox, 'sh', '-c', 'echo gift > /donated/file');
    assert.equal(
      await docker('run', '--rm', '--volumes-from', 'donor', busybox, 'cat', '/donated/file'),
      'gift',
    );
    await docker('rm', '--volumes', 'donor');
  });

  it('--tmpfs is empty memory', async () => {
    const script = 'touch /fast/file && grep " /fast " /proc/mounts';
    const mount = await docker('run', '--rm', '--tmpfs', '/fast:size=1m', busybox, 'sh', '-c', script);
    assert.match(mount, /^tmpfs \/fast tmpfs .*size=1024k/);
  });
}
