import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readTar } from '../../../builder/tree/tar.ts';
import { busybox, busyboxArchive } from '../busybox.ts';
import { outputOf } from '../process.ts';
import type { Vm } from '../vm.ts';

export function imageTests(vm: () => Vm): void {
  const idOf = async (name: string) =>
    outputOf(await vm().docker(['image', 'inspect', '--format', '{{.Id}}', name]));

  it('has loaded the image from the archive', async () => {
    const names = outputOf(await vm().docker(['images', '--format', '{{.Repository}}:{{.Tag}}']));
    assert.ok(names.split('\n').includes(busybox));
  });

  it('says what it loads', async () => {
    const printed = outputOf(await vm().docker(['load', '--input', await busyboxArchive()]));
    assert.match(printed, /Loaded image: busybox:latest/);
  });

  it('tags, untags and keeps what another name still needs', async () => {
    outputOf(await vm().docker(['tag', busybox, 'example.org/tools/box:7']));
    assert.equal(await idOf('example.org/tools/box:7'), await idOf(busybox));
    const printed = outputOf(await vm().docker(['rmi', 'example.org/tools/box:7']));
    assert.match(printed, /^Untagged: example\.org\/tools\/box:7$/m);
    assert.doesNotMatch(printed, /Deleted/);
    assert.match(await idOf(busybox), /^sha256:[0-9a-f]{64}$/);
  });

  it('saves what loads again as the same image', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'paddock-save-'));
    try {
      const archive = join(directory, 'saved.tar');
      const id = await idOf(busybox);
      outputOf(await vm().docker(['tag', busybox, 'saved:1']));
      outputOf(await vm().docker(['save', '--output', archive, 'saved:1']));
      assertBlobsHaveTheirNames(await readFile(archive));
      outputOf(await vm().docker(['rmi', 'saved:1', busybox]));
      assert.equal((await vm().docker(['image', 'inspect', busybox])).status, 1);
      outputOf(await vm().docker(['load', '--input', archive]));
      assert.equal(await idOf('saved:1'), id);
      outputOf(await vm().docker(['tag', 'saved:1', busybox]));
      assert.equal(outputOf(await vm().docker(['run', '--rm', 'saved:1', 'echo', 'works'])), 'works');
      outputOf(await vm().docker(['rmi', 'saved:1']));
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('refuses to remove an image that a container uses', async () => {
    outputOf(await vm().docker(['create', '--name', 'user', busybox, 'true']));
    const refused = await vm().docker(['rmi', busybox]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /conflict: unable to remove repository reference "busybox:latest"/);
    outputOf(await vm().docker(['rm', 'user']));
  });

  it('refuses an archive that is none, and stays without it', async () => {
    const before = outputOf(await vm().docker(['images', '--all', '--quiet']));
    const refused = await vm().docker(['load'], { input: Buffer.alloc(10_000, 'not a tar ') });
    assert.equal(refused.status, 1);
    assert.notEqual(refused.stderr, '');
    assert.equal(outputOf(await vm().docker(['images', '--all', '--quiet'])), before);
  });
}

/** In the OCI layout, the name of a file under blobs/ is its digest. */
function assertBlobsHaveTheirNames(archive: Buffer): void {
  const tree = readTar(archive);
  assert.ok(tree.has('index.json') && tree.has('manifest.json'), 'OCI layout and docker-archive in one');
  let blobs = 0;
  for (const [path, node] of tree) {
    const digest = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1];
    if (digest === undefined || node.type !== 'file') continue;
    assert.equal(createHash('sha256').update(node.content).digest('hex'), digest);
    blobs += 1;
  }
  assert.ok(blobs >= 3, 'a manifest, a configuration and a layer');
}
