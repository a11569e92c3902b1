import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../../builder/qemu/ports.ts';
import { DebianRegistry } from './debian-registry.ts';
import { useEngine } from './engine-under-test.ts';
import { imageId, layerOf } from './image-archives.ts';
import { registryImage, upload } from './registry-images.ts';
import { ScriptedRegistry } from './scripted-registry.ts';

describe('docker pull from a real registry', () => {
  const engine = useEngine({ sharesNetwork: true });
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

  test('pulls all tags of a repository, and one by its digest', async () => {
    const images = ['a', 'b'].map((content) => ({ layers: [layerOf({ name: 'file', content })] }));
    for (const [index, image] of images.entries()) {
      await upload(registry.name, 'team/many', `${index}`, registryImage(image));
    }
    const name = `${registry.name}/team/many`;
    const printed = await engine().output('pull', '--all-tags', name);
    assert.match(printed, /^0: Pulling from team\/many$[\s\S]*^1: Pulling from team\/many$/m);
    const digest = await engine().inspect(`${name}:1`, '{{index .RepoDigests 0}}');
    await engine().output('rmi', `${name}:0`, `${name}:1`);
    await engine().output('pull', digest);
    assert.equal(await engine().inspect(digest, '{{.RepoTags}} {{.RepoDigests}}'), `[] [${digest}]`);
    assert.equal(await engine().output('images', '--quiet', '--filter', 'dangling=true'), '');
    await engine().output('rmi', digest);
  });
});

describe('a mirror of Docker Hub', async () => {
  const port = await freePort();
  const engine = useEngine({
    sharesNetwork: true,
    daemonArguments: ['--registry-mirror', `http://127.0.0.1:${port}`, '--insecure-registry', '10.99.0.0/16'],
  });
  let mirror: ScriptedRegistry;
  before(async () => {
    mirror = await ScriptedRegistry.start({ port });
  });
  after(() => mirror.stop());

  test('gives the images of the Hub, also to a client that only wants to run one', async () => {
    const box = await engine().inspect('busybox', '{{.Id}}');
    mirror.put(
      'library/there',
      'latest',
      registryImage({ layers: [layerOf({ name: 'file', content: 'x' })] }),
    );
    const { status, stderr } = await engine().docker([
      'create',
      '--network',
      'none',
      '--name',
      'made',
      'there',
    ]);
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /^Unable to find image 'there:latest' locally\nlatest: Pulling from library\/there$/m,
    );
    assert.match(stderr, /^Status: Downloaded newer image for there:latest$/m);
    await engine().output('rm', 'made');
    assert.notEqual(await engine().inspect('there', '{{.Id}}'), box);
    await engine().output('rmi', 'there');
  });

  test('shows in docker info', async () => {
    const format =
      '{{json .RegistryConfig.Mirrors}} {{range .RegistryConfig.InsecureRegistryCIDRs}}{{.}} {{end}}';
    assert.equal(
      await engine().output('info', '--format', format),
      `["http://127.0.0.1:${port}/"] 127.0.0.0/8 ::1/128 10.99.0.0/16`,
    );
  });
});
