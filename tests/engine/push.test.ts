import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DebianRegistry } from './debian-registry.ts';
import { useEngine } from './engine-under-test.ts';
import { dockerArchiveOf, imageId, layerOf } from './image-archives.ts';
import { loadArchive } from './load-archive.ts';

describe('docker push to a real registry', () => {
  const engine = useEngine({ sharesNetwork: true });
  let registry: DebianRegistry;
  before(async () => {
    registry = await DebianRegistry.start();
  });
  after(() => registry.stop());

  /** Loads an image that is like no other; returns its id. */
  async function loadOwn(name: string): Promise<string> {
    const image = { name, layers: [layerOf({ name: 'file', content: randomBytes(200_000) })] };
    await loadArchive(engine(), dockerArchiveOf(image));
    return imageId(image);
  }

  test('pushes what it has, and gets back what it pushed', async () => {
    const name = `${registry.name}/team/box:1`;
    const id = await loadOwn(name);
    const printed = await engine().output('push', name);
    const [, digest] = /^1: digest: (sha256:[0-9a-f]{64}) size: \d+$/m.exec(printed) ?? [];
    assert(digest, printed);
    assert.match(printed, new RegExp(`^The push refers to repository \\[${registry.name}/team/box\\]$`, 'm'));
    assert.match(printed, /: Pushed$/m);
    assert.match(await engine().output('push', name), /: Layer already exists$/m);
    assert.equal(
      await engine().inspect(name, '{{index .RepoDigests 0}}'),
      `${registry.name}/team/box@${digest}`,
    );
    await engine().output('rmi', name);
    assert.match(await engine().output('pull', name), /: Pull complete$/m);
    assert.equal(await engine().inspect(name, '{{.Id}}'), id);
    await engine().output('rmi', name);
  });

  test('takes layers over from another repository', async () => {
    const first = `${registry.name}/team/first:1`;
    const second = `${registry.name}/other/second:1`;
    await loadOwn(first);
    await engine().output('push', first);
    await engine().output('tag', first, second);
    assert.match(await engine().output('push', second), /: Mounted from team\/first$/m);
    await engine().output('rmi', first, second);
  });

  test('pushes all tags of a repository', async () => {
    for (const tag of ['a', 'b']) await engine().output('tag', 'busybox', `${registry.name}/all:${tag}`);
    const printed = await engine().output('push', '--all-tags', `${registry.name}/all`);
    assert.match(printed, /^a: digest: sha256:/m);
    assert.match(printed, /^b: digest: sha256:/m);
    await engine().output('rmi', `${registry.name}/all:a`, `${registry.name}/all:b`);
  });

  test('says what is missing', async () => {
    const unknown = await engine().docker(['push', `${registry.name}/nothing:1`]);
    assert.equal(unknown.status, 1);
    assert.match(unknown.stderr, /An image does not exist locally with the tag: 127\.0\.0\.1:\d+\/nothing/);
    await engine().output('tag', 'busybox', `${registry.name}/some:1`);
    const missing = await engine().docker(['push', `${registry.name}/some:2`]);
    assert.match(missing.stderr, /tag does not exist: 127\.0\.0\.1:\d+\/some:2/);
    await engine().output('rmi', `${registry.name}/some:1`);
  });
});
