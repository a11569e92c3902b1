import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DebianRegistry } from './debian-registry.ts';
import { useEngine } from './engine-under-test.ts';
import { imageId, layerOf } from './image-archives.ts';
import { registryImage, upload } from './registry-images.ts';

describe('docker pull from a real registry', () => {
  const engine = useEngine();
  let registry: DebianRegistry;
  before(async () => {
    registry = await DebianRegistry.start();
  });
  after(() => registry.stop());

  test('pulls, runs, and finds out that nothing has changed', async () => {
    const image = {
      layers: [
        layerOf({ name: 'lower', content: randomBytes(300_000) }),
        layerOf({ name: 'upper', content: 'up' }),
      ],
    };
    const stored = registryImage(image);
    await upload(registry.name, 'team/app', '1', stored);
    const name = `${registry.name}/team/app:1`;
    const printed = await engine().output('pull', name);
    const [first, ...lines] = printed.split('\n');
    assert.equal(first, '1: Pulling from team/app');
    assert.deepEqual(lines.slice(-3), [
      `Digest: ${stored.digest}`,
      `Status: Downloaded newer image for ${name}`,
      name,
    ]);
    assert.equal(lines.filter((line) => line.endsWith(': Pull complete')).length, 2, printed);
    assert.equal(await engine().inspect(name, '{{.Id}}'), imageId(image));
    assert.equal(
      await engine().inspect(name, '{{index .RepoDigests 0}}'),
      `${registry.name}/team/app@${stored.digest}`,
    );
    assert.match(await engine().output('pull', name), /^Status: Image is up to date for /m);
    await engine().output('rmi', name);
    assert.equal(
      await engine().output('images', '--quiet', '--filter', `reference=${registry.name}/team/*`),
      '',
    );
  });
});
