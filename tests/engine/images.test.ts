/** Loading, naming, saving and removing images. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readTar } from '../../builder/tree/tar.ts';
import { useEngine } from './engine-under-test.ts';
import { dockerArchiveOf, imageId, layerOf, ociArchiveOf, type TestImage } from './image-archives.ts';
import { engineRoot, listScratch, loadArchive } from './load-archive.ts';
import { rawTar, sha256 } from './raw-tar.ts';
import { systemImage } from './root-tree.ts';

const base = layerOf(
  { name: 'etc/', type: 'directory', mode: 0o755, time: 1_000_000_000 },
  { name: 'etc/setuid', mode: 0o4755, uid: 12, gid: 34, time: 1_100_000_000, content: 'content' },
  { name: 'etc/same', type: 'hardLink', target: 'etc/setuid' },
  { name: 'etc/link', type: 'link', target: '/etc/setuid', uid: 5, gid: 6 },
  { name: 'etc/removed', content: 'seen in the first layer only' },
  { name: 'dev/null', type: 'character', mode: 0o666, device: [1, 3] },
  { name: 'dev/disk', type: 'block', mode: 0o660, device: [259, 300] },
  { name: 'pipe', type: 'fifo', mode: 0o600 },
);
const changes = layerOf(
  { name: 'etc/.wh.removed' },
  { name: 'opt/.wh..wh..opq' },
  { name: 'implied/by/name', content: 'deep' },
);

describe('images', () => {
  const engine = useEngine({ cutsPower: true });
  const docker = (...words: string[]) => engine().output(...words);
  const refusal = async (...words: string[]) => (await engine().docker(words)).stderr;
  const upperLayer = (name: string) => engine().inspect(name, '{{.GraphDriver.Data.UpperDir}}');
  const loaded = async (image: TestImage & { name: string }) => {
    const { status, stdout, stderr } = await loadArchive(engine(), dockerArchiveOf(image));
    assert.equal(status, 0, stderr);
    assert.equal(stdout.trim(), `Loaded image: ${image.name}`);
  };

  it('unpacks layers with owners, modes, times, links and devices', async () => {
    await loaded({ name: 'base:1', layers: [base] });
    const layer = await upperLayer('base:1');
    const listing = await engine().inMachine(
      `cd ${layer} && stat -c '%n %A %u:%g %Y %t,%T' etc etc/* dev/* pipe`,
    );
    assert.match(listing, /^etc drwxr-xr-x 0:0 1000000000 /m);
    assert.match(listing, /^etc\/setuid -rwsr-xr-x 12:34 1100000000 /m);
    assert.match(listing, /^etc\/link lrwxrwxrwx 5:6 /m);
    assert.match(listing, /^dev\/null crw-rw-rw- 0:0 0 1,3$/m);
    assert.match(listing, /^dev\/disk brw-rw---- 0:0 0 103,12c$/m);
    assert.match(listing, /^pipe prw------- /m);
    assert.equal(await engine().inMachine(`stat -c %h ${layer}/etc/same`), '2');
  });

  it('keeps removals as overlayfs wants them', async () => {
    await loaded({ name: 'changed:1', layers: [base, changes] });
    const layer = await upperLayer('changed:1');
    assert.equal(
      await engine().inMachine(`stat -c '%F %t,%T' ${layer}/etc/removed`),
      'character special file 0,0',
    );
    assert.equal(await engine().inMachine(`cat ${layer}/implied/by/name`), 'deep');
  });

  it('takes layers and archives that are compressed, and members in any order', async () => {
    const image = { name: 'squeezed:1', layers: [base, changes] };
    const archive = rawTar(dockerArchiveOf(image, gzipSync).toReversed());
    const { stdout } = await loadArchive(engine(), gzipSync(archive));
    assert.equal(stdout.trim(), 'Loaded image: squeezed:1');
    assert.equal(await engine().inspect('squeezed:1', '{{.Id}}'), imageId(image));
    const xz = Buffer.concat([Buffer.from('fd377a585a00', 'hex'), Buffer.alloc(2000)]);
    assert.match((await loadArchive(engine(), xz)).stderr, /xz: damaged data/);
  });

  it('picks the image for this machine from an OCI layout', async () => {
    const here = { layers: [base] };
    const elsewhere = { layers: [changes], architecture: 'riscv64' };
    const { stdout, stderr } = await loadArchive(
      engine(),
      ociArchiveOf('example.org/app:2', [elsewhere, here]),
    );
    assert.equal(stdout.trim(), 'Loaded image: example.org/app:2', stderr);
    assert.equal(await engine().inspect('example.org/app:2', '{{.Id}}'), imageId(here));
    const refused = await loadArchive(engine(), ociArchiveOf('example.org/app:3', [elsewhere]));
    assert.match(refused.stderr, /no matching manifest for linux\/amd64 .*linux\/riscv64/);
  });

  it('saves what it loaded, byte for byte', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'paddock-save-'));
    try {
      const archive = join(directory, 'saved.tar');
      await docker('save', '--output', archive, 'changed:1', systemImage);
      const saved = readTar(await readFile(archive));
      const blobs = [...saved].filter(([, { type }]) => type === 'file');
      for (const [path, node] of blobs) {
        const [, digest] = /^blobs\/sha256\/(.*)$/.exec(path) ?? [];
        if (digest !== undefined && node.type === 'file') assert.equal(sha256(node.content), digest);
      }
      const names = blobs.map(([path]) => path);
      for (const layer of [base, changes]) assert.ok(names.includes(`blobs/sha256/${sha256(layer)}`));
      assert.ok(names.includes('index.json') && names.includes('manifest.json'));
      const again = await loadArchive(engine(), await readFile(archive));
      assert.match(again.stdout, /Loaded image: changed:1/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('moves a name to the image that is loaded last', async () => {
    await loaded({ name: 'moving:1', layers: [base] });
    const { stdout } = await loadArchive(engine(), dockerArchiveOf({ name: 'moving:1', layers: [changes] }));
    const former = imageId({ layers: [base] });
    assert.match(
      stdout,
      new RegExp(`^The image moving:1 already exists, renaming the old one with ID ${former}`),
    );
    await docker('rmi', 'moving:1');
  });

  it('removes layers with the last image that has them', async () => {
    const [own, shared] = [layerOf({ name: 'own', content: '1' }), layerOf({ name: 'shared', content: '2' })];
    const hasLayer = async (layer: Buffer) =>
      (await engine().inMachine(`ls ${engineRoot}/layers`)).includes(sha256(layer));
    await loaded({ name: 'first:1', layers: [shared] });
    await loaded({ name: 'second:1', layers: [shared, own] });
    const removed = await docker('rmi', 'second:1');
    assert.deepEqual(removed.match(/^\w+/gm), ['Untagged', 'Deleted', 'Deleted']);
    assert.deepEqual([await hasLayer(shared), await hasLayer(own)], [true, false]);
    await docker('rmi', 'first:1');
    assert.equal(await hasLayer(shared), false);
    assert.equal(await engine().inMachine(listScratch), '');
  });

  it('keeps an image that a container was made from', async () => {
    await loaded({ name: 'used:1', layers: [layerOf({ name: 'used', content: 'x' })] });
    await docker('create', '--name', 'user', 'used:1');
    assert.match(await refusal('rmi', 'used:1'), /\(must force\) - container \w+ is using/);
    assert.equal(await docker('rmi', '--force', 'used:1'), 'Untagged: used:1');
    const id = await docker('images', '--quiet', '--filter', 'dangling=true');
    assert.match(await refusal('rmi', '--force', id), /being used by stopped container/);
    await docker('rm', 'user');
    assert.match(await docker('rmi', id), /^Deleted: sha256:/);
  });

  it('has images that belong to the operating system', async () => {
    assert.match(await refusal('rmi', systemImage), /part of the operating system/);
    await docker('tag', systemImage, 'mine:1');
    assert.equal(await docker('rmi', 'mine:1'), 'Untagged: mine:1');
    await docker('image', 'prune', '--all', '--force');
    const left = await docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}');
    assert.match(left, new RegExp(`^${systemImage}$`, 'm'));
    assert.doesNotMatch(left, /base:1/);
  });

  it('has what it had when the power comes back, and nothing else', async () => {
    await loaded({ name: 'kept:1', layers: [base] });
    await engine().inMachine(
      `mkdir -p ${engineRoot}/tmp/left/over ${engineRoot}/layers/${'a'.repeat(64)}/diff`,
    );
    await engine().cutPower();
    await engine().switchOn();
    assert.equal(await engine().inspect('kept:1', '{{.Id}}'), imageId({ layers: [base] }));
    assert.equal(await engine().inMachine(listScratch), '');
    assert.equal(await engine().inMachine(`ls ${engineRoot}/layers`), sha256(base));
  });
});
