/** Volumes: made, filled, mounted and removed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { dockerArchiveOf, layerOf } from './image-archives.ts';
import { engineRoot, ImageEngine } from './image-engine.ts';
import { systemImage } from './root-tree.ts';

const lower = layerOf(
  { name: 'data/', type: 'directory', mode: 0o750, uid: 7, gid: 8, time: 1_000_000_000 },
  { name: 'data/setuid', mode: 0o4755, uid: 12, gid: 34, time: 1_100_000_000, content: 'lower' },
  { name: 'data/same', type: 'hardLink', target: 'data/setuid' },
  { name: 'data/link', type: 'link', target: '/etc/hosts' },
  { name: 'data/removed', content: 'x' },
  { name: 'alias', type: 'link', target: 'data' },
);
const upper = layerOf({ name: 'data/.wh.removed' }, { name: 'data/added', content: 'upper' });

describe('volumes', () => {
  let engine: ImageEngine;
  before(async () => {
    engine = await ImageEngine.start();
    assert.equal(
      (await engine.load(dockerArchiveOf({ name: 'filled:1', layers: [lower, upper] }))).status,
      0,
    );
  });
  after(() => engine.remove());

  const docker = (...words: string[]) => engine.docker(...words);
  const dataOf = (name: string) => `${engineRoot}/volumes/${name}/_data`;

  it('an empty volume is filled from all layers, with owners, modes, times and links', async () => {
    await docker('create', '--name', 'filler', '--volume', 'fresh:/data', 'filled:1');
    const listing = await engine.shell(`cd ${dataOf('fresh')} && stat -c '%n %A %u:%g %Y %h' . *`);
    assert.match(listing, /^\. drwxr-x--- 7:8 /m);
    assert.match(listing, /^setuid -rwsr-xr-x 12:34 1100000000 2$/m);
    assert.match(listing, /^same /m);
    assert.match(listing, /^added /m);
    assert.doesNotMatch(listing, /removed/);
    assert.equal(await engine.shell(`readlink ${dataOf('fresh')}/link`), '/etc/hosts');
    await docker('rm', 'filler');
  });

  it('a volume that has something is left as it is', async () => {
    await docker('volume', 'create', 'full');
    await engine.shell(`echo mine >${dataOf('full')}/own`);
    await docker('create', '--name', 'second', '--volume', 'full:/data', 'filled:1');
    assert.equal(await engine.shell(`ls ${dataOf('full')}`), 'own');
    await docker('rm', 'second');
  });

  it('options are mounted while a container uses the volume', async () => {
    const options = ['--opt', 'type=tmpfs', '--opt', 'device=tmpfs', '--opt', 'o=size=1m,noexec'];
    await docker('volume', 'create', ...options, 'quick');
    const isMounted = async () => (await engine.shell('cat /proc/mounts')).includes(dataOf('quick'));
    await docker(
      'run',
      '--detach',
      '--name',
      'sleeper',
      '--volume',
      'quick:/q',
      systemImage,
      'sleep',
      '1000',
    );
    assert.equal(await isMounted(), true);
    const line = await docker('exec', 'sleeper', 'grep', ' /q ', '/proc/mounts');
    assert.match(line, /^tmpfs \/q tmpfs .*noexec.*size=1024k/);
    await docker('rm', '--force', 'sleeper');
    assert.equal(await isMounted(), false);
    const refused = await engine.attempt(['volume', 'create', '--opt', 'colour=red', 'odd']);
    assert.match(refused.stderr, /create odd: invalid option: "colour"/);
  });

  it('a volume in use stays, and prune takes what nobody named', async () => {
    await docker('create', '--name', 'holder', '--volume', 'named:/n', '--volume', '/anonymous', systemImage);
    assert.match(
      (await engine.attempt(['volume', 'rm', 'named'])).stderr,
      /remove named: volume is in use - \[/,
    );
    const anonymous = await docker(
      'volume',
      'ls',
      '--quiet',
      '--filter',
      'label=com.docker.volume.anonymous',
    );
    assert.match(anonymous, /^[0-9a-f]{64}$/);
    await docker('rm', 'holder');
    const pruned = await docker('volume', 'prune', '--force');
    assert.match(pruned, new RegExp(`^${anonymous}$`, 'm'));
    assert.match(await docker('volume', 'ls', '--quiet'), /^named$/m);
    await docker('volume', 'rm', 'named');
    assert.equal((await engine.attempt(['volume', 'inspect', 'named'])).status, 1);
  });

  it('volumes are there again when the power comes back', async () => {
    await docker('volume', 'create', '--label', 'keep=yes', 'lasting');
    await engine.shell(`echo kept >${dataOf('lasting')}/file`);
    await engine.machine.cutPower();
    await engine.switchOn();
    assert.equal(await docker('volume', 'ls', '--quiet', '--filter', 'label=keep=yes'), 'lasting');
    assert.equal(await engine.shell(`cat ${dataOf('lasting')}/file`), 'kept');
  });
});
