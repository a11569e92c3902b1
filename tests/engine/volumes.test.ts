/** Volumes: made, filled, mounted and removed. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { outputOf } from '../system/process.ts';
import { useEngine } from './engine-under-test.ts';
import { dockerArchiveOf, layerOf } from './image-archives.ts';
import { engineRoot, loadArchive } from './load-archive.ts';
import type { RawMember } from './raw-tar.ts';
import { systemImage } from './root-tree.ts';

const data: RawMember = {
  name: 'data/',
  type: 'directory',
  mode: 0o750,
  uid: 7,
  gid: 8,
  time: 1_000_000_000,
};
const lower = layerOf(
  data,
  { name: 'data/setuid', mode: 0o4755, uid: 12, gid: 34, time: 1_100_000_000, content: 'lower' },
  { name: 'data/same', type: 'hardLink', target: 'data/setuid' },
  { name: 'data/link', type: 'link', target: '/etc/hosts' },
  { name: 'data/removed', content: 'x' },
);
const upper = layerOf(data, { name: 'data/.wh.removed' }, { name: 'data/added', content: 'upper' });

describe('volumes', () => {
  const engine = useEngine({ cutsPower: true });
  before(async () => {
    outputOf(await loadArchive(engine(), dockerArchiveOf({ name: 'filled:1', layers: [lower, upper] })));
  });
  const docker = (...words: string[]) => engine().output(...words);
  const refusal = async (...words: string[]) => (await engine().docker(words)).stderr;
  const dataOf = (name: string) => `${engineRoot}/volumes/${name}/_data`;

  it('an empty volume is filled from all layers, with owners, modes, times and links', async () => {
    await docker('create', '--name', 'filler', '--volume', 'fresh:/data', 'filled:1');
    const listing = await engine().inMachine(`cd ${dataOf('fresh')} && stat -c '%n %A %u:%g %Y %h' . *`);
    assert.match(listing, /^\. drwxr-x--- 7:8 /m);
    assert.match(listing, /^setuid -rwsr-xr-x 12:34 1100000000 2$/m);
    assert.match(listing, /^same /m);
    assert.match(listing, /^added /m);
    assert.doesNotMatch(listing, /removed/);
    assert.equal(await engine().inMachine(`readlink ${dataOf('fresh')}/link`), '/etc/hosts');
    await docker('rm', 'filler');
  });

  it('a volume that has something is left as it is', async () => {
    await docker('volume', 'create', 'full');
    await engine().inMachine(`echo mine >${dataOf('full')}/own`);
    await docker('create', '--name', 'second', '--volume', 'full:/data', 'filled:1');
    assert.equal(await engine().inMachine(`ls ${dataOf('full')}`), 'own');
    await docker('rm', 'second');
  });

  it('options are mounted while a container uses the volume', async () => {
    const options = ['--opt', 'type=tmpfs', '--opt', 'device=tmpfs', '--opt', 'o=size=1m,noexec'];
    await docker('volume', 'create', ...options, 'quick');
    const mounts = () => engine().inMachine(`grep ${dataOf('quick')} /proc/mounts || true`);
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
    assert.match(await mounts(), /^tmpfs .* tmpfs rw,noexec,.*size=1024k/);
    assert.match(await docker('exec', 'sleeper', 'df', '-k', '/q'), / 1024 /);
    await docker('rm', '--force', 'sleeper');
    assert.equal(await mounts(), '');
    const refused = await refusal('volume', 'create', '--opt', 'colour=red', 'odd');
    assert.match(refused, /create odd: invalid option: "colour"/);
  });

  it('a volume in use stays, and prune takes what nobody named', async () => {
    await docker('create', '--name', 'holder', '--volume', 'named:/n', '--volume', '/anonymous', systemImage);
    assert.match(await refusal('volume', 'rm', 'named'), /remove named: volume is in use - \[/);
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
    assert.match(await refusal('volume', 'inspect', 'named'), /get named: no such volume/);
  });

  it('volumes are there again when the power comes back', async () => {
    await docker('volume', 'create', '--label', 'keep=yes', 'lasting');
    await engine().inMachine(`echo kept >${dataOf('lasting')}/file; sync`);
    await engine().cutPower();
    await engine().switchOn();
    assert.equal(await docker('volume', 'ls', '--quiet', '--filter', 'label=keep=yes'), 'lasting');
    assert.equal(await engine().inMachine(`cat ${dataOf('lasting')}/file`), 'kept');
  });
});
